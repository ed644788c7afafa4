#include <array>

#include "lists/rulebook.hpp"

namespace badclients::lists {

namespace {

// In the order of Field.
constexpr std::array<std::string_view, field_count> names{
    "ip_net",         "rev_host",       "asn",
    "as_cc",          "as_dscr",        "net_cc",
    "net_name",       "entity",         "dnsbl",
    "client_id",      "maxmind/as_org", "maxmind/geo_loc",
    "maxmind/geo_cc", "maxmind/coords", "maxmind/anonymous",
    "user",           "service",        "master"};
static_assert(!names.back().empty());

}  // namespace

std::string_view name(Field field) {
  return names[static_cast<std::size_t>(field)];
}

std::optional<Field> field_by_name(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Field>(i);
  }
  return std::nullopt;
}

}  // namespace badclients::lists
