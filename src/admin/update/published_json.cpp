#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "admin/update/published.hpp"

namespace badclients::admin::update {

namespace {

using nlohmann::json;
/// Where in a file something stands (RFC 6901): "/prefixes/17/region".
using Place = json::json_pointer;

/// What a file lacks; thrown from where it is missed, caught where reading began.
struct Unexpected {
  std::string what;
};

/// Publishers nest five deep. More is an attack on memory: a megabyte of `[` would take fifty.
constexpr int deepest = 16;

json parse(std::string_view text) {
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > deepest) throw Unexpected{fmt::format("JSON nested deeper than {}", deepest)};
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), guard);
  } catch (const json::parse_error& error) {
    throw Unexpected{fmt::format("not JSON (at byte {})", error.byte)};
  } catch (const json::exception&) {  // a number beyond all bounds
    throw Unexpected{"not JSON"};
  }
}

/// A publisher's file, and what is taken from it. Throws Unexpected where something is missing.
class File {
 public:
  File(std::string_view text, const Filter& filter) : root_(parse(text)), filter_(filter) {}

  [[nodiscard]] const json& at(const Place& place) const {
    if (!has(place)) throw Unexpected{"there is no " + place.to_string()};
    return root_.at(place);
  }
  [[nodiscard]] bool has(const Place& place) const { return root_.contains(place); }

  [[nodiscard]] std::string_view text(const Place& place) const {
    const auto* text = at(place).get_ptr<const std::string*>();
    if (text == nullptr) throw Unexpected{fmt::format("{} is no string", place.to_string())};
    return *text;
  }
  /// A property that only a filter asks for; empty where it is missing.
  [[nodiscard]] std::string_view optional_text(const Place& place) const {
    return has(place) && root_.at(place).is_string() ? text(place) : "";
  }

  /// The places of an array's items.
  [[nodiscard]] std::vector<Place> items(const Place& place) const {
    if (!has(place) || !root_.at(place).is_array()) {
      throw Unexpected{place.empty() ? "the document is no array"
                                     : fmt::format("there is no array {}", place.to_string())};
    }
    std::vector<Place> places;
    for (std::size_t i = 0; i < root_.at(place).size(); ++i) places.push_back(place / i);
    return places;
  }

  /// Also reads what the filter does not want: a wrong file is wrong with every filter.
  void add(const Place& network, const std::vector<Attribute>& attributes) {
    const auto added = published_.add(text(network), filter_.accepts(attributes));
    if (!added) throw Unexpected{fmt::format("{}: {}", network.to_string(), added.error())};
  }

  Published take() { return std::move(published_); }

 private:
  json root_;
  const Filter& filter_;
  Published published_;
};

template <class Read>
Reading collect(std::string_view text, const Filter& filter, Read read) {
  try {
    File file(text, filter);
    read(file);
    return file.take();
  } catch (const Unexpected& unexpected) {
    return tl::unexpected(unexpected.what);
  }
}

}  // namespace

Reading read_aws(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](File& file) {
    constexpr std::array families{std::pair{"/prefixes", "ip_prefix"},
                                  std::pair{"/ipv6_prefixes", "ipv6_prefix"}};
    for (const auto& [list, property] : families) {
      for (const auto& entry : file.items(Place(list))) {
        file.add(entry / property,
                 {{"service", file.text(entry / "service")},
                  {"region", file.text(entry / "region")},
                  {"network_border_group", file.optional_text(entry / "network_border_group")}});
      }
    }
  });
}

Reading read_google(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](File& file) {
    for (const auto& entry : file.items(Place("/prefixes"))) {
      const bool v6 = file.has(entry / "ipv6Prefix");
      file.add(entry / (v6 ? "ipv6Prefix" : "ipv4Prefix"),
               {{"service", file.optional_text(entry / "service")},
                {"scope", file.optional_text(entry / "scope")}});
    }
  });
}

Reading read_azure(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](File& file) {
    for (const auto& tag : file.items(Place("/values"))) {
      const auto properties = tag / "properties";
      for (const auto& network : file.items(properties / "addressPrefixes")) {
        file.add(network, {{"tag", file.text(tag / "name")},
                           {"region", file.optional_text(properties / "region")},
                           {"systemService", file.optional_text(properties / "systemService")}});
      }
    }
  });
}

Reading read_oracle(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](File& file) {
    for (const auto& region : file.items(Place("/regions"))) {
      for (const auto& range : file.items(region / "cidrs")) {
        std::vector<Attribute> attributes{{"region", file.text(region / "region")}};
        for (const auto& tag : file.items(range / "tags")) {
          attributes.push_back({"tag", file.text(tag)});
        }
        file.add(range / "cidr", attributes);
      }
    }
  });
}

Reading read_microsoft365(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](File& file) {
    for (const auto& endpoints : file.items(Place())) {
      const auto area = file.text(endpoints / "serviceArea");
      const auto number = endpoints / "id";
      const auto id = file.has(number) ? file.at(number).dump() : "";
      if (!file.has(endpoints / "ips")) continue;  // known by name only
      for (const auto& network : file.items(endpoints / "ips")) {
        file.add(network, {{"serviceArea", area}, {"id", id}});
      }
    }
  });
}

}  // namespace badclients::admin::update
