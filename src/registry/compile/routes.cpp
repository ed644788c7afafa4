#include "registry/compile/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/serialise.hpp"
#include "net/network.hpp"

namespace badclients::registry {

namespace {

using base::number;

constexpr std::string_view trailer = "% End of dump";
constexpr std::string_view generated = "% This file was generated at ";

void put(std::string& bytes, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0;) bytes += static_cast<char>(value >> (shift -= 8));
}

std::uint32_t take(std::string_view& bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<std::uint8_t>(byte);
  bytes.remove_prefix(4);
  return value;
}

/// `Fri Dec 20 10:06:01 UTC 2024`
std::optional<facts::Time> time_in(std::string_view text) {
  std::tm time{};
  const std::string copy(text);
  const char* const end = ::strptime(copy.c_str(), "%a %b %d %H:%M:%S UTC %Y", &time);
  if (end == nullptr) return std::nullopt;
  return time_of(::timegm(&time));
}

/// `3333` or `{3333,3334}`; nothing where it is neither.
std::optional<std::vector<std::uint32_t>> origins_in(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  std::vector<std::uint32_t> asns;
  do {
    const auto asn = number<std::uint32_t>(base::cut(text, ','));
    if (!asn) return std::nullopt;
    asns.push_back(*asn);
  } while (!text.empty());
  return asns;
}

/// One row; nothing where it is none. A row that is not wanted has no AS.
struct Row {
  Range range;
  std::uint32_t peers = 0;
  std::vector<std::uint32_t> asns;
};

std::optional<Row> row_in(std::string_view line, net::Family family) {
  const auto origin = base::cut(line, '\t');
  const auto prefix = base::cut(line, '\t');
  const auto peers = number<std::uint32_t>(base::trimmed(line));
  auto asns = origins_in(origin);
  const auto network = net::Network::parse(prefix);
  if (!asns || !peers || !network) return std::nullopt;
  Row row{{point_of(network->base()), point_of(network->last())}, *peers, {}};
  const bool too_wide = network->prefix() < (network->base().is_v4() ? 8U : 16U);
  // Of ::/16 nothing is anybody's, but there are routes to IPv4-mapped addresses.
  const bool nowhere = network->base().family() != family ||
                       (family == net::Family::v6 && row.range.first < first_v6);
  if (too_wide || nowhere || *peers < fewest_peers) return row;
  std::erase_if(*asns, [](std::uint32_t asn) { return !is_public(asn); });
  row.asns = std::move(*asns);
  return row;
}

}  // namespace

bool is_public(std::uint32_t asn) {
  constexpr std::uint32_t as_trans = 23456;
  if (asn == 0 || asn == as_trans) return false;
  return (asn < 64496) || (asn > 131071 && asn < 4'200'000'000);
}

tl::expected<Reading, std::string> read_routes(Input& input, net::Family family, Sorter& into) {
  Reading reading;
  bool ended = false;
  for (;;) {
    const auto line = input.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) break;
    const auto text = base::trimmed(**line);
    if (text.starts_with('%')) {
      ended = ended || text == trailer;
      if (text.starts_with(generated)) reading.made = time_in(text.substr(generated.size()));
    }
    if (text.empty() || text.starts_with('%')) continue;
    if (ended) return tl::unexpected(std::string("it goes on behind its end"));
    const auto row = row_in(text, family);
    if (!row && !reading.leave_out(input.line(), "no origin, prefix and number of peers")) {
      return tl::unexpected("it is no such file: " + reading.first_left_out);
    }
    if (!row || row->asns.empty()) continue;
    ++reading.counts["routes"];
    for (const auto asn : row->asns) {
      auto bytes = sort_key(row->range);
      put(bytes, ~row->peers);
      put(bytes, asn);
      into.add(bytes);
    }
  }
  if (!ended) return tl::unexpected(fmt::format("it is cut short: it has no '{}'", trailer));
  if (!reading.made) return tl::unexpected(std::string("it does not say when it was generated"));
  return reading;
}

std::string encode(const Origins& origins) {
  std::string payload(1, static_cast<char>(origins.prefix));
  for (const auto asn : origins.asns) put(payload, asn);
  return payload;
}

Origins decode_origins(std::string_view payload) {
  Origins origins;
  origins.prefix = static_cast<std::uint8_t>(payload.front());
  payload.remove_prefix(1);
  while (!payload.empty()) origins.asns.push_back(take(payload));
  return origins;
}

std::optional<Stretch> Routes::next() {
  if (!head_) return std::nullopt;
  Range range;
  Origins origins;
  for (bool first = true; head_; first = false) {
    auto rest = *head_;
    const auto of = take_key(rest);
    if (!first && of != range) break;
    range = of;
    rest.remove_prefix(4);  // peers
    const auto asn = take(rest);
    const bool wanted = origins.asns.size() < facts::most_members &&
                        std::ranges::find(origins.asns, asn) == origins.asns.end();
    if (wanted) origins.asns.push_back(asn);
    head_ = sorter_.next();
  }
  origins.prefix = prefix_length(range).value_or(0);
  return Stretch{range, encode(origins)};
}

}  // namespace badclients::registry
