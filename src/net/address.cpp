#include "net/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace badclients::net {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> nat64_prefix{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

std::uint32_t number_at(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

}  // namespace

tl::expected<Address, std::string> Address::parse(std::string_view text) {
  const auto wrong = [&] {
    return tl::unexpected(fmt::format("'{}' is not an IP address", text.substr(0, 80)));
  };
  const auto plain = text.substr(0, text.find('%'));
  const bool scoped = plain.size() != text.size();
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (plain.empty() || plain.size() >= buffer.size()) return wrong();
  if (plain.find('\0') != std::string_view::npos) return wrong();
  std::copy(plain.begin(), plain.end(), buffer.begin());

  if (plain.find(':') != std::string_view::npos) {
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, buffer.data(), bytes.data()) != 1) return wrong();
    return v6(bytes);
  }
  std::array<std::uint8_t, 4> bytes{};
  if (scoped || inet_pton(AF_INET, buffer.data(), bytes.data()) != 1) return wrong();
  return v4(number_at(bytes.data()));
}

Address Address::v4(std::uint32_t number) {
  Address address;
  for (unsigned i = 0; i < 4; ++i) {
    address.bytes_[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  return address;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes) {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin())) {
    return v4(number_at(bytes.data() + 12));
  }
  Address address;
  address.family_ = Family::v6;
  address.bytes_ = bytes;
  return address;
}

std::string Address::str() const {
  if (is_v4()) {  // inet_ntop would call printf, which shows when a list has a million lines
    std::string text = std::to_string(bytes_[0]);
    for (std::size_t i = 1; i < 4; ++i) text.append(1, '.').append(std::to_string(bytes_[i]));
    return text;
  }
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

Address Address::carried() const {
  if (is_v4()) return *this;
  if (std::equal(nat64_prefix.begin(), nat64_prefix.end(), bytes_.begin())) {
    return v4(number_at(bytes_.data() + 12));
  }
  if (bytes_[0] == 0x20 && bytes_[1] == 0x02) return v4(number_at(bytes_.data() + 2));
  return *this;
}

Address Address::masked(unsigned prefix) const {
  Address result = *this;
  const auto length = bytes().size();
  for (std::size_t i = 0; i < length; ++i) {
    const auto kept = std::clamp<int>(static_cast<int>(prefix) - static_cast<int>(8 * i), 0, 8);
    result.bytes_[i] = static_cast<std::uint8_t>(bytes_[i] & (0xff00U >> kept));
  }
  return result;
}

Address Address::last(unsigned prefix) const {
  Address result = *this;
  const auto length = bytes().size();
  for (std::size_t i = 0; i < length; ++i) {
    const auto kept = std::clamp<int>(static_cast<int>(prefix) - static_cast<int>(8 * i), 0, 8);
    result.bytes_[i] = static_cast<std::uint8_t>(bytes_[i] | (0xffU >> kept));
  }
  return result;
}

Address Address::next() const {
  Address result = *this;
  for (auto i = bytes().size(); i-- > 0;) {
    if (++result.bytes_[i] != 0) break;
  }
  return result;
}

}  // namespace badclients::net
