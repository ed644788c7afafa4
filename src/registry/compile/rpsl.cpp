#include "registry/compile/rpsl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/serialise.hpp"
#include "net/network.hpp"
#include "network/questions/standing.hpp"
#include "registry/compile/foreign.hpp"

namespace badclients::registry {

namespace {

/// Attributes that name entities.
constexpr std::array<std::string_view, 6> of_entities{"org",     "admin-c", "tech-c",
                                                      "abuse-c", "mnt-by",  "mnt-irt"};
constexpr std::size_t longest_handle = 80;
/// Of descriptions and remarks: by what they say, an object may be a placeholder.
constexpr std::size_t longest_text = 4096;
/// RIPE has some 150,000.
constexpr std::size_t most_organisations = 2'000'000;

/// One line of an object.
struct Attribute {
  std::string_view key;    ///< as it stands there
  std::string_view value;  ///< trimmed; foreign bytes
  bool begins = false;     ///< the object, whose type is the key
  bool more = false;       ///< of the attribute before: a continuation line
};

/// The attributes of those objects whose type is wanted.
class Objects {
 public:
  Objects(Input& input, std::vector<std::string_view> types)
      : input_(input), types_(std::move(types)) {}

  /// Nothing at the end of the file.
  tl::expected<std::optional<Attribute>, std::string> next() {
    for (;;) {
      const auto line = input_.next();
      if (!line) return tl::unexpected(line.error());
      if (!*line) return std::nullopt;
      const auto text = **line;
      if (text.empty() || text == "\r") {
        inside_ = wanted_ = false;
        continue;
      }
      if (inside_ && !wanted_) continue;
      const char first = text.front();
      if (first == '#' || first == '%') continue;
      const bool more = first == ' ' || first == '\t' || first == '+';
      if (more && inside_) return Attribute{{}, base::trimmed(text.substr(1)), false, true};
      const auto colon = std::min(text.find(':'), text.size() - 1);
      const bool begins = !inside_;
      const auto key = text.substr(0, colon);
      inside_ = true;
      wanted_ = wanted_ || std::ranges::find(types_, key) != types_.end();
      found_ |= wanted_;
      if (wanted_) return Attribute{key, base::trimmed(text.substr(colon + 1)), begins, false};
    }
  }

  /// To be asked at the end of the file. Error: it is cut short, or has something and no object.
  [[nodiscard]] tl::expected<void, std::string> check() const {
    if (!input_.complete()) return tl::unexpected(std::string("it is cut short"));
    if (found_ || input_.line() == 0) return {};
    return tl::unexpected(
        fmt::format("it is no such file: it has no {}", fmt::join(types_, " or ")));
  }

 private:
  Input& input_;
  std::vector<std::string_view> types_;
  bool inside_ = false, wanted_ = false;
  bool found_ = false;  ///< an object
};

std::string_view without_comment(std::string_view value) {
  return base::trimmed(value.substr(0, value.find('#')));
}

/// Handles that stand for somebody.
bool is_real(std::string_view handle) {
  return !handle.empty() && handle.size() <= longest_handle && handle != "DUMY-RIPE" &&
         std::ranges::all_of(handle, [](char c) { return c > ' ' && c <= '~'; });
}

/// `194.206.161.0 - 194.206.161.47` or `2001:db8::/32`.
std::optional<Range> range_in(std::string_view value) {
  const auto dash = value.find('-');
  if (dash == std::string_view::npos) {
    const auto network = net::Network::parse(value);
    if (!network || value.find('/') == std::string_view::npos) return std::nullopt;
    return Range{point_of(network->base()), point_of(network->last())};
  }
  const auto first = net::Address::parse(base::trimmed(value.substr(0, dash)));
  const auto last = net::Address::parse(base::trimmed(value.substr(dash + 1)));
  if (!first || !last || first->family() != last->family() || *last < *first) return std::nullopt;
  return Range{point_of(*first), point_of(*last)};
}

std::string country_in(std::string_view value) {
  const auto code = base::country_code(without_comment(value));
  if (code == "UK") return "GB";
  return code == "ZZ" ? std::string() : code;
}

/// One inetnum or inet6num, as far as it has been read.
struct Object {
  std::optional<Range> range;
  network::NetworkObject content;
  std::string organisation;

  void add_entity(std::string_view handle) {
    auto& entities = content.registration.entities;
    if (!is_real(handle) || entities.size() == facts::most_members ||
        std::ranges::find(entities, handle) != entities.end()) {
      return;
    }
    entities.emplace_back(handle);
  }

  void add_entities(std::string_view value, bool maintainers) {
    const auto text = foreign_text(without_comment(value));
    for (const auto handle : base::words(text)) {
      add_entity(handle);
      if (maintainers && content.maintainers.size() < facts::most_members) {
        content.maintainers.emplace_back(handle);
      }
    }
  }

  void add_text(std::string_view line) {
    if (content.text.size() + line.size() >= longest_text) return;
    content.text += line;
    content.text += '\n';
  }
};

class RegistrationReader {
 public:
  RegistrationReader(Input& input, const DelegatedSpace& space, const Organisations& organisations,
                     Sorter& into)
      : input_(input),
        objects_(input, {"inetnum", "inet6num"}),
        space_(space),
        organisations_(organisations),
        into_(into) {}

  tl::expected<Reading, std::string> run() {
    for (;;) {
      const auto attribute = objects_.next();
      if (!attribute) return tl::unexpected(attribute.error());
      if (!*attribute || (*attribute)->begins) keep();
      if (!*attribute) break;
      if ((*attribute)->begins && !begin(**attribute)) {
        return tl::unexpected("it is no such file: " + reading_.first_left_out);
      }
      if (!(*attribute)->begins) take(**attribute);
    }
    if (const auto good = objects_.check(); !good) return tl::unexpected(good.error());
    return std::move(reading_);
  }

 private:
  bool begin(const Attribute& attribute) {
    object_ = {};
    last_key_ = {};
    object_.range = range_in(without_comment(attribute.value));
    return object_.range || reading_.leave_out(input_.line(), "a range that is none");
  }

  void take(const Attribute& attribute) {
    const auto [key, value, begins, more] = attribute;
    if (!more) {
      const auto* const found = std::ranges::find(of_entities, key);
      last_key_ = found == of_entities.end() ? std::string_view() : *found;
    }
    if (!last_key_.empty()) object_.add_entities(value, last_key_ == "mnt-by");
    if (more) return;
    auto& registration = object_.content.registration;
    if (key == "netname") {
      registration.name = foreign_text(value);
    } else if (key == "country" && registration.country.empty()) {
      registration.country = country_in(value);
    } else if (key == "org") {
      object_.organisation = without_comment(value);
    } else if (key == "status") {
      object_.content.type = foreign_text(without_comment(value));
    } else if (key == "descr" || key == "remarks") {
      object_.add_text(value);
    }
  }

  /// The object is complete.
  void keep() {
    const auto range = object_.range;
    object_.range.reset();
    if (!range || !space_.contains(*range)) return;
    auto& registration = object_.content.registration;
    registration.range.emplace(address_of(range->first), address_of(range->last));
    const auto standing = network::standing_of(object_.content);
    if (standing.holder != network::Standing::Holder::somebody) return;
    registration.range.reset();
    const auto organisation = organisations_.find(object_.organisation);
    if (organisation != organisations_.end()) object_.add_entity(organisation->second);
    ++reading_.counts[is_v4(range->first) ? "inetnum" : "inet6num"];
    into_.add(sort_key(*range) + encode(Holding{{}, facts::encode(registration)}));
  }

  Input& input_;
  Objects objects_;
  const DelegatedSpace& space_;
  const Organisations& organisations_;
  Sorter& into_;
  Reading reading_;
  Object object_;
  std::string_view last_key_;  ///< of the last attribute, where that names entities
};

}  // namespace

tl::expected<Reading, std::string> read_organisations(Input& input, Organisations& into) {
  Objects objects{input, {"organisation"}};
  Reading reading;
  std::string organisation;
  for (;;) {
    const auto attribute = objects.next();
    if (!attribute) return tl::unexpected(attribute.error());
    if (!*attribute) break;
    const auto [key, value, begins, more] = **attribute;
    const auto plain = without_comment(value);
    if (begins) {
      organisation = plain;
      ++reading.counts["organisation"];
    } else if (key == "abuse-c" && is_real(plain) && is_real(organisation)) {
      into.insert_or_assign(organisation, plain);
      if (into.size() > most_organisations) {
        return tl::unexpected(std::string("it has more organisations than there are"));
      }
    }
  }
  if (const auto good = objects.check(); !good) return tl::unexpected(good.error());
  return reading;
}

tl::expected<Reading, std::string> read_registrations(Input& input, const DelegatedSpace& space,
                                                      const Organisations& organisations,
                                                      Sorter& into) {
  return RegistrationReader(input, space, organisations, into).run();
}

std::string encode(const Holding& holding) {
  std::string payload(1, holding.range ? 'r' : '-');
  if (holding.range) payload += sort_key(*holding.range);
  return payload += holding.text;
}

Holding decode_holding(std::string_view payload, const Range& stretch) {
  const bool own = payload.front() == 'r';
  payload.remove_prefix(1);
  const auto range = own ? take_key(payload) : stretch;
  return {range, std::string(payload)};
}

}  // namespace badclients::registry
