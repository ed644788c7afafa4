#include "lists/dnsbl_filter.hpp"

#include <fmt/format.h>

#include "base/number.hpp"
#include "config/values.hpp"
#include "facts/dnsbl.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using config::quote;

bool take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// `2` or `2..11`
bool take_range(std::string_view& text, std::bitset<256>& octet) {
  const auto first = base::take_number<std::uint8_t>(text);
  if (!first) return false;
  const auto last = take(text, "..") ? base::take_number<std::uint8_t>(text) : first;
  if (!last || *last < *first) return false;
  for (unsigned number = *first; number <= *last; ++number) octet.set(number);
  return true;
}

// `2` or `[2;4;6..8]`
bool take_octet(std::string_view& text, std::bitset<256>& octet) {
  if (!take(text, "[")) {
    const auto number = base::take_number<std::uint8_t>(text);
    if (number) octet.set(*number);
    return number.has_value();
  }
  do {
    if (!take_range(text, octet)) return false;
  } while (take(text, ";"));
  return take(text, "]");
}

using Octet = std::bitset<256>;

bool only(const Octet& octet, std::size_t number) {
  return octet.count() == 1 && octet[number];
}

// Whether the filter matches any address that is a listing.
bool names_a_listing(const std::array<Octet, 4>& filter) {
  const auto& [first, second, third, fourth] = filter;
  const bool loopback = only(second, 0) && only(third, 0) && only(fourth, 1);
  const bool errors = only(second, 255) && only(third, 255);
  return first[127] && !loopback && !errors;
}

}  // namespace

tl::expected<DnsblEntry, std::string> DnsblEntry::parse(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return tl::unexpected(fmt::format(
        "{} {} (try zen.example.org or zen.example.org=127.0.0.[2..9])", quote(text), what));
  };
  DnsblEntry entry;
  const auto equals = text.find('=');
  const auto zone = text.substr(0, equals);
  if (zone.find('*') != std::string_view::npos || text.find('*', zone.size()) != text.npos) {
    return wrong("has a weight: one listing is enough here, weights are not known");
  }
  const auto name = config::read_zone(zone);
  if (!name) return wrong("does not begin with a DNS zone");
  entry.zone_ = lowered(*name);
  if (equals == std::string_view::npos) return entry;

  auto rest = text.substr(equals + 1);
  entry.filter_text_ = rest;
  auto& filter = entry.filter_.emplace();
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if ((i > 0 && !take(rest, ".")) || !take_octet(rest, filter[i])) {
      return wrong("has a filter that is no IPv4 address pattern");
    }
  }
  if (!rest.empty()) return wrong("has a filter that is no IPv4 address pattern");
  if (!names_a_listing(filter)) {
    return wrong(
        "has a filter that no listing matches: they are in 127.0.0.0/8, from 127.0.0.2 on");
  }
  return entry;
}

bool DnsblEntry::matches(const net::Address& answer) const {
  if (facts::meaning_of(answer) != facts::DnsblAnswer::listing) return false;
  if (!filter_) return true;
  const auto bytes = answer.bytes();
  for (std::size_t i = 0; i < filter_->size(); ++i) {
    if (!(*filter_)[i][bytes[i]]) return false;
  }
  return true;
}

std::string DnsblEntry::str() const {
  return filter_ ? fmt::format("{}={}", zone_, filter_text_) : zone_;
}

}  // namespace badclients::lists
