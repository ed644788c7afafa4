#include "registry/compile/delegations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "net/network.hpp"

namespace badclients::registry {

namespace {

using base::number;

/// It becomes a kind of registry.db's Counts, and no stranger chooses those.
bool is_type(std::string_view text) {
  return text == "asn" || text == "ipv4" || text == "ipv6";
}

constexpr std::uint64_t addresses4 = std::uint64_t{1} << 32;
/// Of one file; the five have some 400,000 together.
constexpr std::size_t most_blocks = 1'000'000;
/// Of one file; the five have some 120,000 together.
constexpr std::size_t most_asns = 1'000'000;

/// Reads one file; see read_delegated().
class DelegatedReader {
 public:
  DelegatedReader(Input& input, Registry registry, Delegations& into)
      : input_(input), registry_(registry), into_(into) {}

  tl::expected<Reading, std::string> run() {
    for (;;) {
      const auto line = input_.next();
      if (!line) return tl::unexpected(line.error());
      if (!*line) break;
      const auto text = base::trimmed(**line);
      if (text.empty() || text.front() == '#') continue;
      if (!take(text)) return tl::unexpected(fmt::format("line {}: {}", input_.line(), why_));
    }
    if (!header_) return tl::unexpected(std::string("it has no header of such a file"));
    return check();
  }

 private:
  bool wrong(std::string why) {
    why_ = std::move(why);
    return false;
  }

  bool take(std::string_view text) {
    const auto fields = base::split(text, '|');
    if (!header_) return header(fields);
    if (fields.size() >= 6 && fields[5] == "summary") return summary(fields);
    return record(fields);
  }

  bool header(const std::vector<std::string_view>& fields) {
    const auto records = fields.size() >= 7 ? number<std::uint64_t>(fields[3]) : std::nullopt;
    if (!records || !fields[0].starts_with('2')) return wrong("no header of such a file");
    if (fields[1] != to_string(registry_)) {
      return wrong(fmt::format("of another registry than {}", to_string(registry_)));
    }
    header_ = *records;
    reading_.made = day_of(fields[5]);
    return true;
  }

  bool summary(const std::vector<std::string_view>& fields) {
    const auto count = number<std::uint64_t>(fields[4]);
    const bool good = is_type(fields[2]) && count && summaries_.emplace(fields[2], *count).second;
    return good || wrong("no such summary");
  }

  bool record(const std::vector<std::string_view>& fields) {
    if (fields.size() < 7 || fields[0] != to_string(registry_)) return wrong("no record of its");
    const auto type = fields[2], status = fields[6];
    if (!is_type(type)) return wrong("neither asn, ipv4 nor ipv6");
    const bool delegated = status == "allocated" || status == "assigned";
    ++reading_.counts[std::string(type)];
    if (type == "asn") return asn(fields, delegated);
    const auto range = type == "ipv4" ? range4(fields) : range6(fields);
    if (!range) return wrong("a block that is none");
    if (into_.blocks.size() == most_blocks) return wrong("more blocks than there are");
    if (delegated) into_.blocks.push_back({*range, {registry_, country(fields[1])}});
    return true;
  }

  bool asn(const std::vector<std::string_view>& fields, bool delegated) {
    const auto first = number<std::uint32_t>(fields[3]);
    const auto count = number<std::uint32_t>(fields[4]);
    if (!first || !count || *count == 0 || *count - 1 > ~*first) return wrong("no AS number");
    const auto last = *first + (*count - 1);
    if (into_.asns.size() == most_asns) return wrong("more AS numbers than there are");
    if (delegated) into_.asns.emplace_back(*first, last);
    return true;
  }

  static std::optional<Range> range4(const std::vector<std::string_view>& fields) {
    const auto first = net::Address::parse(fields[3]);
    const auto count = number<std::uint64_t>(fields[4]);
    if (!first || !first->is_v4() || !count || *count == 0) return std::nullopt;
    const auto begin = point_of(*first);
    if (*count > addresses4 || begin + (*count - 1) > last_v4) return std::nullopt;
    return Range{begin, begin + (*count - 1)};
  }

  static std::optional<Range> range6(const std::vector<std::string_view>& fields) {
    const auto first = net::Address::parse(fields[3]);
    const auto length = number<unsigned>(fields[4]);
    if (!first || first->is_v4() || !length || *length == 0 || *length > 128) return std::nullopt;
    const auto range = range_around(point_of(*first), *length);
    if (range.first != point_of(*first) || range.first < first_v6) return std::nullopt;
    return range;
  }

  /// ZZ is nobody's.
  static std::array<char, 2> country(std::string_view text) {
    const auto code = base::country_code(text);
    if (code.empty() || code == "ZZ") return {};
    return {code[0], code[1]};
  }

  tl::expected<Reading, std::string> check() {
    std::uint64_t records = 0;
    for (const auto& [type, count] : reading_.counts) records += count;
    if (records != *header_) {
      return tl::unexpected(
          fmt::format("it has {} records, its header says {}", records, *header_));
    }
    for (const auto& [type, count] : summaries_) {
      const auto found = reading_.counts.find(type);
      const auto have = found == reading_.counts.end() ? 0 : found->second;
      if (have != count) {
        return tl::unexpected(
            fmt::format("it has {} records of {}, its summary says {}", have, type, count));
      }
    }
    return std::move(reading_);
  }

  Input& input_;
  Registry registry_;
  Delegations& into_;
  std::optional<std::uint64_t> header_;  ///< records, as it says
  Counts summaries_;
  Reading reading_;
  std::string why_;
};

}  // namespace

tl::expected<Reading, std::string> read_delegated(Input& input, Registry registry,
                                                  Delegations& into) {
  auto reading = DelegatedReader(input, registry, into).run();
  std::ranges::sort(into.asns);
  return reading;
}

DelegatedStretches::DelegatedStretches(std::vector<Delegations::Block> blocks)
    : blocks_(std::move(blocks)) {
  std::ranges::sort(blocks_, [](const auto& a, const auto& b) {
    return a.range.first != b.range.first ? a.range.first < b.range.first
                                          : a.range.last > b.range.last;
  });
}

std::optional<Stretch> DelegatedStretches::next() {
  if (at_ == blocks_.size()) return std::nullopt;
  const auto& [range, to] = blocks_[at_++];
  return Stretch{range, {static_cast<char>(to.registry), to.country[0], to.country[1]}};
}

Delegation decode_delegation(std::string_view payload) {
  return {static_cast<Registry>(payload[0]), {payload[1], payload[2]}};
}

std::string encode(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& asns) {
  std::string text;
  for (std::size_t i = 0; i < asns.size(); ++i) {
    const auto first = asns[i].first;
    while (i + 1 < asns.size() && asns[i].second + 1 == asns[i + 1].first) ++i;
    text += text.empty() ? "" : " ";
    text += first == asns[i].second ? fmt::format("{}", first)
                                    : fmt::format("{}-{}", first, asns[i].second);
  }
  return text;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> decode_asns(std::string_view text) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> asns;
  while (!text.empty()) {
    auto last = base::cut(text, ' ');
    const auto first = last.find('-') == std::string_view::npos ? last : base::cut(last, '-');
    const auto from = number<std::uint32_t>(first), to = number<std::uint32_t>(last);
    if (from && to) asns.emplace_back(*from, *to);
  }
  return asns;
}

DelegatedSpace::DelegatedSpace(const std::vector<Delegations::Block>& blocks, Registry registry) {
  for (const auto& block : blocks) {
    if (block.to.registry == registry) ranges_.push_back(block.range);
  }
  std::ranges::sort(ranges_, {}, &Range::first);
  std::size_t kept = 0;
  for (const auto& range : ranges_) {
    auto* const before = kept == 0 ? nullptr : &ranges_[kept - 1];
    if (before != nullptr && range.first <= before->last + 1) {
      before->last = std::max(before->last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
}

bool DelegatedSpace::contains(const Range& range) const {
  const auto after = std::ranges::upper_bound(ranges_, range.first, {}, &Range::first);
  return after != ranges_.begin() && std::prev(after)->contains(range);
}

std::vector<Range> DelegatedSpace::within(const Range& range) const {
  std::vector<Range> parts;
  auto each = std::ranges::lower_bound(ranges_, range.first, {}, &Range::last);
  for (; each != ranges_.end() && each->first <= range.last; ++each) {
    parts.push_back({std::max(each->first, range.first), std::min(each->last, range.last)});
  }
  return parts;
}

}  // namespace badclients::registry
