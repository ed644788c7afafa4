// doubts_about: the words that lists compare with, and the way to those that are patterns.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "admin/lint.hpp"
#include "config/values.hpp"
#include "lists/coords.hpp"
#include "lists/entry.hpp"
#include "net/network_text.hpp"

namespace badclients::admin {

using lists::Field;
using Severity = config::Problem::Severity;

namespace {

struct Block {
  std::uint32_t first, last;
  const char* meaning;
};

/// IANA's registry of AS numbers: those that nobody announces anything from.
constexpr std::array<Block, 7> reserved{{
    {23456, 23456, "stands for AS numbers of four bytes (RFC 6793)"},
    {64496, 64511, "is for documentation (RFC 5398)"},
    {64512, 65534, "is for private use (RFC 6996)"},
    {65535, 65535, "is reserved (RFC 7300)"},
    {65536, 65551, "is for documentation (RFC 5398)"},
    {4200000000, 4294967294, "is for private use (RFC 6996)"},
    {4294967295, 4294967295, "is reserved (RFC 7300)"},
}};

std::optional<std::string> doubt_about_asn(std::string_view value) {
  std::uint32_t number = 0;
  const auto digits = value.substr(2);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const auto* const block = std::ranges::find_if(
      reserved, [&](const Block& each) { return each.first <= number && number <= each.last; });
  if (block == reserved.end()) return std::nullopt;
  return fmt::format("{} {}, and announces nothing", value, block->meaning);
}

/// Handles are compared as they are; other things that name somebody are none.
std::string doubt_about_entity(std::string_view value) {
  if (net::read_network(value)) return "is an address: it belongs in ip_net";
  if (value.find('@') != std::string_view::npos) return "is a mail address, and no handle";
  const bool asn = value.starts_with("as") && value.size() > 2 &&
                   value.find_first_not_of("0123456789", 2) == std::string_view::npos;
  return asn ? "is an AS number: it belongs in asn" : "";
}

Doubts doubts_about_word(Field field, std::string_view value) {
  switch (field) {
    case Field::asn:
      if (auto doubt = doubt_about_asn(value)) return {{Severity::warning, std::move(*doubt)}};
      break;
    case Field::as_cc:
    case Field::net_cc:
    case Field::maxmind_geo_cc:
      if (value != "ZZ") break;
      return {{Severity::error,
               "ZZ never matches: it is the country of special-purpose addresses, which are never "
               "refused"}};
    case Field::entity:
      if (const auto doubt = doubt_about_entity(value); !doubt.empty()) {
        return {
            {Severity::error, fmt::format("{} never matches: it {}", config::quote(value), doubt)}};
      }
      break;
    case Field::maxmind_coords:
      if (const auto share = lists::Coords::parse(value); share && share->intersection > 1) {
        return {{Severity::warning,
                 fmt::format("{}: the intersection is a share, 0.5 is 50 per cent; with 1 and more "
                             "the centre has to lie in the circle",
                             value)}};
      }
      if (value != "38.741104,-49.6676859,100,0.5") break;
      return {{Severity::warning,
               "this is the example that came with the original: 100 km around a point in the "
               "Atlantic"}};
    case Field::service:
      if (const auto hint = config::service_meant(value); !hint.empty()) {
        return {{Severity::error, fmt::format("{} never matches: Dovecot has no such service ({})",
                                              config::quote(value), hint)}};
      }
      break;
    default:
      break;
  }
  return {};
}

}  // namespace

Doubts doubts_about(Field field, lists::Action action, std::string_view value) {
  auto doubts = lists::is_pattern(field) ? doubts_about_text(field, action, value)
                                         : doubts_about_word(field, value);
  for (auto& doubt : doubts_about_reach(field, action, value)) doubts.push_back(std::move(doubt));
  // What never matches needs no other doubts.
  const auto never = std::ranges::find(doubts, Severity::error, &Doubt::severity);
  if (never != doubts.end()) return {*never};
  return doubts;
}

}  // namespace badclients::admin
