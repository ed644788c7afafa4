#include "network/transport/dns_name.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>

#include <memory>

#include "base/text.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t longest_name = 255;  // octets, lengths and root label included
constexpr std::size_t longest_label = 63;

struct Free {
  void operator()(ldns_rdf* name) const { ldns_rdf_deep_free(name); }
};

}  // namespace

tl::expected<Name, std::string> Name::parse(std::string_view text) {
  std::string escaped;  // ldns reads up to a NUL
  for (const char c : text) escaped += c == '\0' ? "\\000" : std::string(1, c);
  ldns_rdf* parsed = nullptr;
  const auto status = ldns_str2rdf_dname(&parsed, escaped.c_str());
  const std::unique_ptr<ldns_rdf, Free> owned(parsed);
  if (status != LDNS_STATUS_OK) {
    return tl::unexpected(fmt::format("'{}' is not a domain name", text.substr(0, longest_name)));
  }
  const auto* const bytes = reinterpret_cast<const char*>(ldns_rdf_data(parsed));
  return Name(std::string(bytes, ldns_rdf_size(parsed)));
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
  return base::same_word(a.wire_, b.wire_);
}

}  // namespace badclients::network
