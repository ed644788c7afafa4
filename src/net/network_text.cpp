#include "net/network_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::net {

namespace {

using Read = tl::expected<NetworkText, std::string>;
/// Error: what is wrong with it; nothing where it only is no network.
using Fault = std::optional<std::string>;
using Piece = tl::expected<NetworkText, Fault>;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), base::is_digit);
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

/// How long the dash is that `text` begins with, 0 for none: a hyphen, or what a word processor
/// makes of it (U+2010 to U+2015, U+2212).
std::size_t dash_at(std::string_view text) {
  if (text.starts_with('-')) return 1;
  if (text.size() < 3 || text[0] != '\xe2') return 0;
  const bool dash = (text[1] == '\x80' && text[2] >= '\x90' && text[2] <= '\x95') ||
                    (text[1] == '\x88' && text[2] == '\x92');
  return dash ? 3 : 0;
}

/// Up to a blank, a mark that ends entries, or a dash.
std::string_view first_piece(std::string_view text) {
  std::size_t size = 0;
  for (; size < text.size(); ++size) {
    const char c = text[size];
    if (is_blank(c) || c == ',' || c == ';' || c == '#') break;
    if ((c == '-' || c == '\xe2') && dash_at(text.substr(size)) != 0) break;
  }
  return text.substr(0, size);
}

tl::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return tl::unexpected(fmt::format("'{}' is not a network{}", text.substr(0, 80), why));
}
std::string write_so(std::string_view right) {
  return fmt::format(" (write {})", right);
}

// --- addresses, prefixes and netmasks

/// An address without scope id: of a network it would mean nothing.
std::optional<Address> address_of(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text);
  return address ? std::optional{*address} : std::nullopt;
}

std::uint32_t number_of(const Address& v4) {
  std::uint32_t number = 0;
  for (const auto byte : v4.bytes()) number = number << 8U | byte;
  return number;
}

/// The prefix length of 255.255.255.0; nothing where the bits are not in one row.
std::optional<unsigned> prefix_of_netmask(std::uint32_t mask) {
  const auto prefix = static_cast<unsigned>(std::countl_one(mask));
  return std::popcount(mask) == static_cast<int>(prefix) ? std::optional{prefix} : std::nullopt;
}

/// `ADDRESS` with the netmask `mask`, or with what routers call a wildcard: 0.0.0.255.
Read with_netmask(std::string_view text, const Address& address, const Address& mask) {
  const auto number = number_of(mask);
  if (const auto prefix = prefix_of_netmask(number)) {
    const Network network{address, *prefix};
    return NetworkText{network, {}, network.base() != address, text.size()};
  }
  if (const auto prefix = prefix_of_netmask(~number)) {
    return wrong(text, fmt::format(": {} is no netmask{}", mask.str(),
                                   write_so(Network{address, *prefix}.str())));
  }
  return wrong(text, fmt::format(": {} is no netmask", mask.str()));
}

/// `10/8` is `10.0.0.0/8`. Empty where there is nothing to complete.
std::string completed(std::string_view octets) {
  const auto dots = std::ranges::count(octets, '.');
  const bool plain =
      std::ranges::all_of(octets, [](char c) { return base::is_digit(c) || c == '.'; });
  if (!plain || octets.empty() || dots > 2) return {};
  std::string text(octets);
  for (auto i = dots; i < 3; ++i) text += ".0";
  return text;
}

/// One piece: no range.
Piece read_piece(std::string_view piece) {
  const auto slash = piece.find('/');
  if (slash == std::string_view::npos) {
    const auto address = address_of(piece);
    if (!address) return tl::unexpected(Fault());
    return NetworkText{Network{*address, address->bits()}, {}, false, piece.size()};
  }
  const auto base = piece.substr(0, slash), behind = piece.substr(slash + 1);
  const auto address = address_of(base);
  if (address && address->is_v4() && base.find(':') == std::string_view::npos) {
    if (const auto mask = address_of(behind)) {
      return with_netmask(piece, *address, *mask).map_error([](auto why) { return Fault(why); });
    }
  }
  const auto whole = address ? std::string(base) : completed(base);
  const auto begin = address_of(whole);
  if (!begin) return tl::unexpected(Fault());
  const auto network = Network::parse(fmt::format("{}/{}", whole, behind));
  if (!network) return tl::unexpected(network.error());
  return NetworkText{*network, {}, network->base() != *begin, piece.size()};
}

// --- ranges

NetworkText range(const Address& first, const Address& last, std::size_t length) {
  auto networks = networks_of_range(first, last);
  NetworkText read{networks.front(), {}, false, length};
  read.more.assign(networks.begin() + 1, networks.end());
  return read;
}

/// Whether somebody who wrote it meant an address.
bool looks_like_address(std::string_view text) {
  const bool marks =
      text.find('.') != std::string_view::npos || text.find(':') != std::string_view::npos;
  return marks && text.find_first_not_of("0123456789abcdefABCDEF.:*/") == std::string_view::npos;
}

/// `192.0.2.50` for the end of `192.0.2.1-50`; nothing where that is no end.
std::optional<Address> completed_end(const Address& first, std::string_view end) {
  const auto number = base::number<std::uint8_t>(end);
  if (!first.is_v4() || end.size() > 3 || !number) return std::nullopt;
  const auto address = Address::v4((number_of(first) & 0xffffff00U) | *number);
  return first <= address ? std::optional{address} : std::nullopt;
}

/// The network or address `begin`, a dash, and what follows. Nothing: that is a comment.
std::optional<Read> read_range(std::string_view text, std::string_view begin,
                               const NetworkText& first) {
  const auto gap = without_blanks(text.substr(begin.size()));
  const bool tight = gap.size() == text.size() - begin.size();
  const auto behind = without_blanks(gap.substr(dash_at(gap)));
  const auto end = first_piece(behind);
  const auto rest = behind.substr(end.size());
  const auto whole = text.substr(0, text.size() - rest.size());
  const auto fail = [&](std::string_view why) -> Read { return wrong(whole, why); };
  const auto& base = first.first.base();

  const auto last = read_piece(end);
  const bool networks = begin.find('/') != std::string_view::npos ||
                        (last && end.find('/') != std::string_view::npos);
  if (last && last->first.base().family() == base.family()) {
    const auto highest = last->first.last();
    if (highest < base) {
      return fail(": the range ends before it begins" + write_so(fmt::format("{}-{}", end, begin)));
    }
    if (networks) {
      return fail(": a range is of addresses" +
                  write_so(fmt::format("{}-{}", base.str(), highest.str())));
    }
    if (dash_at(rest) != 0) return fail("");
    return range(base, highest, whole.size());
  }
  if (last) return fail(": the range begins with one family and ends with the other");
  const bool alone = rest.empty() || !is_blank(rest.front()) || without_blanks(rest).empty();
  if (all_digits(end) && (tight || alone)) {
    const auto highest = completed_end(base, end);
    return fail(highest ? write_so(fmt::format("{}-{}", base.str(), highest->str())) : "");
  }
  if (tight || looks_like_address(end)) return fail("");
  return std::nullopt;
}

// --- what was meant

/// `192.0.2.0/24` for `192.0.2.*`, `192.0.2.` and `192.0.2`.
std::string without_wildcard(std::string_view text) {
  std::array<std::uint32_t, 4> octets{};
  unsigned count = 0;
  while (count < 4 && !text.empty() && base::is_digit(text.front())) {
    const auto octet = base::take_number<std::uint8_t>(text);
    if (!octet) return {};
    octets[count++] = *octet;
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  const bool only_wildcards = text.find_first_not_of("*.") == std::string_view::npos;
  if (count == 0 || count == 4 || !only_wildcards) return {};
  const auto base = octets[0] << 24U | octets[1] << 16U | octets[2] << 8U;
  return Network{Address::v4(base), 8 * count}.str();
}

/// `192.0.2.1` for `192.000.002.001`; other text as it is.
std::string without_leading_zeros(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octet_begins = plain.empty() || plain.ends_with('.');
    const bool more = i + 1 < text.size() && base::is_digit(text[i + 1]);
    if (!(octet_begins && more && text[i] == '0')) plain += text[i];
  }
  return plain;
}

/// An address without brackets, port, scope id and leading zeros; empty where that is none, either.
std::string bare_address(std::string_view text) {
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  text = text.substr(0, text.find('%'));
  const bool v4 = text.find(':') == std::string_view::npos;
  auto plain = v4 ? without_leading_zeros(text) : std::string(text);
  return read_piece(plain) ? plain : std::string();
}

/// `192.0.2.0/24` for `192.0.2.0 / 24`; empty where that is not what was written.
std::string without_blanks_at_slash(std::string_view text) {
  const auto base = first_piece(text);
  auto rest = without_blanks(text.substr(base.size()));
  std::string joined(base);
  if (!base.ends_with('/')) {
    if (!rest.starts_with('/')) return {};
    joined += '/';
    rest = without_blanks(rest.substr(1));
  }
  joined += first_piece(rest);
  return read_piece(joined) ? joined : std::string();
}

/// read_network(), without a hint. Error: nothing where `text` merely begins with no network.
Piece read_start(std::string_view text) {
  const auto piece = first_piece(text);
  auto read = read_piece(piece);
  if (!read && piece.ends_with('/')) return tl::unexpected(Fault());
  if (!read) return read;
  const auto behind = text.substr(piece.size());
  if (behind.empty()) return read;
  const auto next = without_blanks(behind);
  if (dash_at(next) != 0) {
    auto range = read_range(text, piece, *read);
    if (!range) return read;
    if (!*range) return tl::unexpected(Fault(std::move(range->error())));
    return **std::move(range);
  }
  const auto word = first_piece(next);
  const auto whole = text.substr(0, text.size() - next.size() + word.size());
  const bool plain = piece.find('/') == std::string_view::npos;
  if (word.starts_with('/') && plain) {
    const auto right = without_blanks_at_slash(text);
    return tl::unexpected(Fault(wrong(whole, right.empty() ? right : write_so(right)).value()));
  }
  const auto mask = plain && read->first.base().is_v4() ? address_of(word) : std::nullopt;
  if (mask && mask->is_v4() && (word.starts_with("255.") || word.starts_with("0."))) {
    auto masked = with_netmask(whole, read->first.base(), *mask);
    if (!masked) return tl::unexpected(Fault(std::move(masked.error())));
    return *std::move(masked);
  }
  return read;
}

/// A hint is for people: a line that is longer holds something else.
constexpr std::size_t longest_looked_through = 200;

/// The part of a line such as `inetnum: 192.0.2.0 - 192.0.2.255` or `ip4:192.0.2.0/24` that can be
/// read.
std::string labelled(std::string_view text) {
  text = text.substr(0, longest_looked_through);
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char before = text[i - 1];
    if (!is_blank(before) && before != ':' && before != '=') continue;
    const auto rest = text.substr(i);
    if (is_blank(rest.front()) || !looks_like_address(first_piece(rest))) continue;
    if (const auto read = read_start(rest)) return std::string(rest.substr(0, read->length));
  }
  return {};
}

std::string hint(std::string_view text, std::string_view piece) {
  for (const auto& right : {without_blanks_at_slash(text), without_wildcard(piece),
                            bare_address(piece), labelled(text)}) {
    if (!right.empty()) return write_so(right);
  }
  return " (try 192.0.2.0/24, 192.0.2.0 - 192.0.2.255 or 2001:db8::/32)";
}

}  // namespace

std::vector<Network> networks_of_range(const Address& first, const Address& last) {
  std::vector<Network> networks;
  auto begin = first;
  while (true) {
    networks.push_back(Network::within(begin, last, begin));
    const auto end = networks.back().last();
    if (end == last) return networks;
    begin = end.next();
  }
}

tl::expected<NetworkText, std::string> read_network(std::string_view text) {
  auto read = read_start(text);
  if (read) return *std::move(read);
  if (read.error()) return tl::unexpected(*std::move(read.error()));
  const auto piece = first_piece(text);
  return wrong(piece.empty() ? text : piece, hint(text, piece));
}

}  // namespace badclients::net
