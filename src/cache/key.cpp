#include "cache/key.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "facts/kinds.hpp"

namespace badclients::cache {

namespace {

constexpr unsigned v6_step = 4;

char letter(Kind kind, Outcome outcome) {
  const char known = static_cast<char>(kind);
  return outcome == Outcome::known ? known : static_cast<char>(known - 'a' + 'A');
}

void append_byte(std::string& key, unsigned byte) {
  key += static_cast<char>(static_cast<unsigned char>(byte));
}

}  // namespace

unsigned Blocks::around(const net::Address& address) const {
  return std::min(address.is_v4() ? v4 : v6, address.bits());
}

std::string key_of(const Place& place, Outcome outcome) {
  std::string key;
  if (place.network) {
    const auto& base = place.network->base();
    key += base.is_v4() ? '4' : '6';
    for (const auto byte : base.bytes()) append_byte(key, byte);
    append_byte(key, place.network->prefix());
  } else {
    key += 'a';
    for (const unsigned shift : {24U, 16U, 8U, 0U}) append_byte(key, place.asn >> shift & 0xffU);
  }
  key += letter(place.kind, outcome);
  key += place.zone;
  return key;
}

net::Network stored_network(const net::Address& address,
                            const std::optional<net::Network>& answered, const Blocks& blocks) {
  if (!answered || !answered->contains(address)) return {address, address.bits()};
  const unsigned block = blocks.around(address);
  if (answered->prefix() <= block) return {address, block};
  if (address.is_v4()) return {address, answered->prefix()};
  const unsigned steps = (answered->prefix() - block + v6_step - 1) / v6_step;
  return {address, std::min(block + steps * v6_step, address.bits())};
}

std::vector<net::Network> probes(const net::Address& address, const Blocks& blocks) {
  std::vector<net::Network> networks;
  const unsigned step = address.is_v4() ? 1 : v6_step;
  unsigned prefix = blocks.around(address);
  for (; prefix < address.bits(); prefix += step) networks.emplace_back(address, prefix);
  networks.emplace_back(address, address.bits());
  std::reverse(networks.begin(), networks.end());
  return networks;
}

std::string block_of(std::string_view key, const Blocks& blocks) {
  const bool v4 = key.starts_with('4');
  if (!v4 && !key.starts_with('6')) return {};
  const auto bits = v4 ? blocks.v4 : blocks.v6;
  auto block = std::string(key.substr(0, 1 + (bits + 7) / 8));
  if (bits % 8 != 0) block.back() = static_cast<char>(block.back() & (0xff << (8 - bits % 8)));
  return block;
}

namespace {

bool is_kind(char letter) {
  bool found = false;
  const facts::Facts all;
  facts::each_kind(
      [&](const auto& member) {
        found = found || static_cast<char>(facts::kind_of(member).kind) == letter;
      },
      all);
  return found;
}

}  // namespace

std::optional<Outcome> outcome_of(std::string_view key) {
  const auto at = key.starts_with('4')   ? 1 + 4 + 1
                  : key.starts_with('6') ? 1 + 16 + 1
                  : key.starts_with('a') ? 1 + 4
                                         : std::string_view::npos;
  if (at >= key.size()) return std::nullopt;
  const char letter = base::lower(key[at]);
  if (!is_kind(letter)) return std::nullopt;
  return letter == key[at] ? Outcome::known : Outcome::failed;
}

}  // namespace badclients::cache
