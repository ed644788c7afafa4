#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "admin/update/published.hpp"

namespace badclients::admin::update {

namespace {

using nlohmann::json;

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

/// Where in a file something stands: "prefixes[17].region".
struct Place {
  std::string path;
  [[nodiscard]] Place key(std::string_view name) const {
    return {path.empty() ? std::string(name) : fmt::format("{}.{}", path, name)};
  }
  [[nodiscard]] Place index(std::size_t i) const { return {fmt::format("{}[{}]", path, i)}; }
};

const json* find(const json& object, const char* name) {
  const auto found = object.find(name);  // end() where it is no object
  return found == object.end() ? nullptr : &*found;
}

std::span<const json> array(const json& parent, const Place& place, const char* name) {
  const auto* value = find(parent, name);
  const auto* items = value == nullptr ? nullptr : value->get_ptr<const json::array_t*>();
  if (items == nullptr) {
    throw Unexpected{fmt::format("there is no array {}", place.key(name).path)};
  }
  return *items;
}

std::string_view text_of(const json& value, const Place& place) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr) throw Unexpected{fmt::format("{} is no string", place.path)};
  return *text;
}

std::string_view string(const json& parent, const Place& place, const char* name) {
  const auto* value = find(parent, name);
  if (value == nullptr) throw Unexpected{fmt::format("there is no {}", place.key(name).path)};
  return text_of(*value, place.key(name));
}

/// A property that only a filter asks for; empty where it is missing.
std::string_view optional_string(const json& parent, const char* name) {
  const auto* value = find(parent, name);
  const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
  return text == nullptr ? std::string_view{} : std::string_view{*text};
}

class Collector {
 public:
  explicit Collector(const Filter& filter) : filter_(filter) {}

  /// Also reads what the filter does not want: a wrong file is wrong with every filter.
  void add(std::string_view text, const Place& place, std::span<const Attribute> attributes) {
    const auto added = published_.add(text, filter_.accepts(attributes));
    if (!added) throw Unexpected{fmt::format("{}: {}", place.path, added.error())};
  }

  Published take() { return std::move(published_); }

 private:
  const Filter& filter_;
  Published published_;
};

template <class Read>
Reading collect(std::string_view text, const Filter& filter, Read read) {
  try {
    Collector collector(filter);
    read(parse(text), collector);
    return collector.take();
  } catch (const Unexpected& unexpected) {
    return tl::unexpected(unexpected.what);
  }
}

}  // namespace

Reading read_aws(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](const json& root, Collector& collector) {
    constexpr std::array families{std::pair{"prefixes", "ip_prefix"},
                                  std::pair{"ipv6_prefixes", "ipv6_prefix"}};
    for (const auto& [list, property] : families) {
      const auto entries = array(root, {}, list);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto place = Place{list}.index(i);
        const std::array attributes{
            Attribute{"service", string(entries[i], place, "service")},
            Attribute{"region", string(entries[i], place, "region")},
            Attribute{"network_border_group", optional_string(entries[i], "network_border_group")}};
        collector.add(string(entries[i], place, property), place.key(property), attributes);
      }
    }
  });
}

Reading read_google(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](const json& root, Collector& collector) {
    const auto entries = array(root, {}, "prefixes");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto place = Place{"prefixes"}.index(i);
      const auto* property =
          find(entries[i], "ipv6Prefix") != nullptr ? "ipv6Prefix" : "ipv4Prefix";
      const std::array attributes{Attribute{"service", optional_string(entries[i], "service")},
                                  Attribute{"scope", optional_string(entries[i], "scope")}};
      collector.add(string(entries[i], place, property), place.key(property), attributes);
    }
  });
}

Reading read_azure(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](const json& root, Collector& collector) {
    const auto tags = array(root, {}, "values");
    for (std::size_t i = 0; i < tags.size(); ++i) {
      const auto place = Place{"values"}.index(i);
      const auto* properties = find(tags[i], "properties");
      if (properties == nullptr) {
        throw Unexpected{fmt::format("there is no {}", place.key("properties").path)};
      }
      const std::array attributes{
          Attribute{"tag", string(tags[i], place, "name")},
          Attribute{"region", optional_string(*properties, "region")},
          Attribute{"systemService", optional_string(*properties, "systemService")}};
      const auto prefixes = array(*properties, place.key("properties"), "addressPrefixes");
      const auto prefixes_place = place.key("properties").key("addressPrefixes");
      for (std::size_t j = 0; j < prefixes.size(); ++j) {
        const auto prefix_place = prefixes_place.index(j);
        collector.add(text_of(prefixes[j], prefix_place), prefix_place, attributes);
      }
    }
  });
}

Reading read_oracle(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](const json& root, Collector& collector) {
    const auto regions = array(root, {}, "regions");
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const auto place = Place{"regions"}.index(i);
      const Attribute region{"region", string(regions[i], place, "region")};
      const auto ranges = array(regions[i], place, "cidrs");
      for (std::size_t j = 0; j < ranges.size(); ++j) {
        const auto range_place = place.key("cidrs").index(j);
        const auto tags = array(ranges[j], range_place, "tags");
        std::vector<Attribute> attributes{region};
        for (std::size_t k = 0; k < tags.size(); ++k) {
          attributes.push_back({"tag", text_of(tags[k], range_place.key("tags").index(k))});
        }
        collector.add(string(ranges[j], range_place, "cidr"), range_place.key("cidr"), attributes);
      }
    }
  });
}

Reading read_microsoft365(std::string_view text, const Filter& filter) {
  return collect(text, filter, [](const json& root, Collector& collector) {
    if (!root.is_array()) throw Unexpected{"not an array of endpoint sets"};
    for (std::size_t i = 0; i < root.size(); ++i) {
      const auto place = Place{"endpoints"}.index(i);
      const auto* id = find(root[i], "id");  // a number
      const auto id_text = id == nullptr ? std::string() : id->dump();
      const std::array attributes{Attribute{"serviceArea", string(root[i], place, "serviceArea")},
                                  Attribute{"id", id_text}};
      if (find(root[i], "ips") == nullptr) continue;  // known by name only
      const auto networks = array(root[i], place, "ips");
      for (std::size_t j = 0; j < networks.size(); ++j) {
        const auto network_place = place.key("ips").index(j);
        collector.add(text_of(networks[j], network_place), network_place, attributes);
      }
    }
  });
}

}  // namespace badclients::admin::update
