#include "lists/entry_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/values.hpp"
#include "net/network_text.hpp"
#include "net/special.hpp"

namespace badclients::lists {

namespace {

using config::quote;

// An address that carries an IPv4 address is compared as that one, and as it is written.
std::optional<net::Network> carried_network(const net::Network& network) {
  const auto carried = network.base().carried();
  if (carried == network.base()) return std::nullopt;
  const unsigned before = network.base().bytes()[0] == 0x20 ? 16 : 96;  // 2002::/16, 64:ff9b::/96
  if (network.prefix() <= before) return std::nullopt;  // all of them: meant as it is written
  return net::Network{carried, std::min(network.prefix() - before, 32U)};
}

/// True where there was something to say.
bool judge(const net::Network& network, Use use, Remarks& remarks) {
  if (const auto carried = carried_network(network)) {
    warn(remarks, fmt::format("{} matches only clients whose address is written so, not those of "
                              "the IPv4 addresses in it (write {} for both)",
                              network.str(), carried->str()));
    return true;
  }
  // No operator holds a network as wide as this: the registries' own blocks are /8 and /12.
  const bool v4 = network.base().is_v4();
  if (use == Use::allow_list || network.prefix() >= (v4 ? 8U : 12U)) return false;
  warn(remarks,
       fmt::format("{} matches {} {} address", network.str(),
                   network.prefix() == 0 ? "every" : "a large part of all logins: any",
                   network.prefix() == 0 ? (v4 ? "IPv4" : "IPv6") : "such"),
       true);
  return true;
}

/// One remark at most, however many networks a range has.
void judge(std::string_view text, const net::NetworkText& read, Use use, Remarks& remarks) {
  const auto special = [](const net::Network& network) {
    return net::special_purpose_around(network);
  };
  const auto block = special(read.first);
  if (block && std::all_of(read.more.begin(), read.more.end(), special)) {
    warn(remarks, fmt::format("{} has no effect: it lies in {}, which is never refused",
                              read.more.empty() ? read.first.str() : std::string(text), *block));
    return;
  }
  if (judge(read.first, use, remarks)) return;
  [[maybe_unused]] const bool said =
      std::any_of(read.more.begin(), read.more.end(),
                  [&](const net::Network& network) { return judge(network, use, remarks); });
}

}  // namespace

tl::expected<NetworkEntry, std::string> read_network_entry(std::string_view text, Use use,
                                                           Remarks& remarks) {
  const auto read = net::read_network(text);
  if (!read) return tl::unexpected(read.error());
  NetworkEntry entry{read->first.str(), {}, read->length};
  for (const auto& network : read->more) entry.more.push_back(network.str());
  const auto word = text.substr(0, read->length);
  if (read->host_bits) {
    note(remarks, fmt::format("{} has host bits set: it is read as {}", quote(word), entry.value));
  }
  judge(word, *read, use, remarks);
  return entry;
}

}  // namespace badclients::lists
