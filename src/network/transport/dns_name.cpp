#include "network/transport/dns_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace badclients::network {

namespace {

constexpr std::size_t longest_name = 255;  // octets, lengths and root label included
constexpr std::size_t longest_label = 63;

unsigned char lower(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + ('a' - 'A')) : byte;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes one byte of a label off the front of `text`; nothing where an escape is malformed.
std::optional<char> take_byte(std::string_view& text) {
  const char first = text.front();
  text.remove_prefix(1);
  if (first != '\\') return first;
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0])) {
    const char escaped = text[0];
    text.remove_prefix(1);
    return escaped;
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  text.remove_prefix(3);
  if (value > 255) return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

tl::expected<Name, std::string> Name::parse(std::string_view text) {
  const auto wrong = [text] {
    return tl::unexpected(fmt::format("'{}' is not a domain name", text.substr(0, longest_name)));
  };
  std::string wire;
  if (text == ".") return Name();
  for (auto rest = text; !rest.empty();) {
    std::string label;
    while (!rest.empty() && rest.front() != '.') {
      const auto byte = take_byte(rest);
      if (!byte) return wrong();
      label += *byte;
    }
    if (!rest.empty()) rest.remove_prefix(1);
    if (label.empty() || label.size() > longest_label) return wrong();
    wire += static_cast<char>(label.size());
    wire += label;
  }
  wire += '\0';
  if (text.empty() || wire.size() > longest_name) return wrong();
  return Name(std::move(wire));
}

std::optional<Name> Name::from_wire(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > longest_name) return std::nullopt;
  std::size_t at = 0;
  while (at < bytes.size() && bytes[at] != 0) {
    if (bytes[at] > longest_label) return std::nullopt;
    at += bytes[at] + std::size_t{1};
  }
  if (at + 1 != bytes.size()) return std::nullopt;
  return Name(std::string(bytes.begin(), bytes.end()));
}

tl::expected<Name, std::string> Name::reversed(const net::Address& address, std::string_view zone) {
  const auto bytes = address.bytes();
  std::string text;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    text += address.is_v4() ? fmt::format("{}.", *byte)
                            : fmt::format("{:x}.{:x}.", *byte & 0x0f, *byte >> 4);
  }
  return parse(text.append(zone));
}

std::string Name::str() const {
  std::string text;
  for (std::size_t at = 0; wire_[at] != '\0';) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(wire_[at]));
    if (at != 0) text += '.';
    for (const char c : std::string_view(wire_).substr(at + 1, length)) {
      if (c == '.' || c == '\\') text += '\\';
      text += c;
    }
    at += length + 1;
  }
  return text;
}

bool operator==(const Name& a, const Name& b) {
  // Length octets are at most 63, so lowering them with the rest changes nothing.
  return std::equal(a.wire_.begin(), a.wire_.end(), b.wire_.begin(), b.wire_.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace badclients::network
