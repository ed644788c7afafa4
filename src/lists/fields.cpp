#include <array>

#include "lists/rulebook.hpp"

namespace badclients::lists {

namespace {

struct FieldTraits {
  std::string_view name;
  Lookup lookup;
};

// In the order of Field.
constexpr std::array<FieldTraits, field_count> fields{{
    {"ip_net", Lookup::network},
    {"rev_host", Lookup::pattern},
    {"asn", Lookup::equal},
    {"as_cc", Lookup::equal},
    {"as_dscr", Lookup::pattern},
    {"net_cc", Lookup::equal},
    {"net_name", Lookup::pattern},
    {"entity", Lookup::equal},
    {"dnsbl", Lookup::each},
    {"client_id", Lookup::pattern},
    {"maxmind/as_org", Lookup::pattern},
    {"maxmind/geo_loc", Lookup::equal},
    {"maxmind/geo_cc", Lookup::equal},
    {"maxmind/coords", Lookup::each},
    {"maxmind/anonymous", Lookup::equal},
    {"user", Lookup::pattern},
    {"service", Lookup::equal},
    {"master", Lookup::pattern},
    {"user", Lookup::equal},
}};
static_assert(!fields.back().name.empty());

}  // namespace

std::string_view name(Field field) {
  return fields[static_cast<std::size_t>(field)].name;
}

Lookup lookup(Field field) {
  return fields[static_cast<std::size_t>(field)].lookup;
}

std::optional<Field> field_by_name(std::string_view name) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<Field>(i);
  }
  return std::nullopt;
}

}  // namespace badclients::lists
