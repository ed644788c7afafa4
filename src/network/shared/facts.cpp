#include "network/shared/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cache/placement.hpp"
#include "facts/serialise.hpp"
#include "network/shared/line.hpp"
#include "network/shared/value.hpp"

namespace badclients::network {

namespace {

using cache::Kind;
using facts::Fact;
using std::chrono::seconds;
using Nothing = tl::expected<void, std::string>;

/// As in the local cache: DNS has answers with a TTL of 0.
constexpr seconds shortest_ttl{60};

tl::unexpected<std::string> wrong(std::string_view what) {
  return tl::unexpected<std::string>(std::string{what});
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::reverse_names:
      return "ptr";
    case Kind::origin:
      return "origin";
    case Kind::registration:
      return "registration";
    case Kind::dnsbl:
      return "dnsbl";
    case Kind::as_description:
      break;
  }
  return "as";
}

std::string key_of(Kind kind, std::string_view what, std::string_view zone = {}) {
  return fmt::format("{}{}:{}{}{}", shared_prefix, name_of(kind), what, zone.empty() ? "" : ":",
                     zone);
}

/// Whether an answer may stand under a network: it is about all of it, or about a single address
/// where it does not say what it is about.
template <class T>
bool is_about(const T& value, const net::Network& network) {
  const auto range = cache::range_of(value);
  if (!range) return network.prefix() == network.base().bits();
  return range->first.family() == network.base().family() && range->first <= network.base() &&
         network.last() <= range->second;
}

template <class T>
Nothing take(const SharedValue& shared, facts::Time now, T value, Fact<T>& into) {
  into.knowledge = facts::Knowledge::known;
  into.value = std::move(value);
  into.source = fmt::format("{} (shared)", shared.source).substr(0, ask::longest_source);
  into.learnt = now;
  into.expires = shared.expires;
  return {};
}

/// Whom an answer serves that stands under a network.
struct Place {
  const net::Network& network;
  const net::Address& address;
  const cache::Blocks& blocks;
};

template <class T>
Nothing take_network(const SharedValue& shared, facts::Time now, const Place& place, Fact<T>& own,
                     Fact<T>& provisional) {
  if (own.known() || provisional.known()) return {};  // by a narrower network
  auto value = facts::decode<T>(shared.payload);
  if (!value) return wrong(value.error());
  if (!is_about(*value, place.network)) return wrong("about another network");
  const bool is_its_own =
      cache::is_own(place.network, cache::range_of(*value), place.address, place.blocks);
  return take(shared, now, std::move(*value), is_its_own ? own : provisional);
}

bool lacks_confirmation(const facts::ReverseNames& names) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [](const auto& name) {
    return name.confirmed == facts::Confirmed::not_asked;
  });
}

}  // namespace

SharedFacts::SharedFacts(const ask::Request& request, const config::Config::Cache& settings)
    : address_(request.address),
      confirmed_(request.wanted.confirmed_names),
      longest_(std::max(settings.ttl, shortest_ttl)),
      blocks_{settings.ipv4_network, settings.ipv6_network} {
  const auto& wanted = request.wanted;
  const auto self = address_.str();
  if (wanted.reverse_names || wanted.confirmed_names) {
    slots_.push_back({Kind::reverse_names, key_of(Kind::reverse_names, self), {}, {}, 0});
  }
  const auto networks = cache::probes(address_, blocks_);
  if (wanted.registration) add_networks(Kind::registration, networks);
  const bool needs_origin = wanted.as_description || wanted.registration;
  if (wanted.origin || (needs_origin && !request.origin)) add_networks(Kind::origin, networks);
  if (wanted.as_description && request.origin) {
    for (const auto asn : facts::described_asns(*request.origin)) {
      const auto key = key_of(Kind::as_description, std::to_string(asn));
      slots_.push_back({Kind::as_description, key, {}, {}, asn});
    }
  }
  for (const auto& zone : wanted.dnsbl_zones) {
    slots_.push_back({Kind::dnsbl, key_of(Kind::dnsbl, self, zone), {}, zone, 0});
  }
}

SharedFacts SharedFacts::of_allocation(const ask::Request& request,
                                       const config::Config::Cache& settings) {
  auto nothing = request;
  nothing.wanted = {};
  SharedFacts facts(nothing, settings);
  const auto networks = cache::allocation_probes(request.address, facts.blocks_);
  if (request.wanted.registration) facts.add_networks(Kind::registration, networks);
  if (request.wanted.origin) facts.add_networks(Kind::origin, networks);
  return facts;
}

void SharedFacts::add_networks(Kind kind, const std::vector<net::Network>& networks) {
  for (const auto& network : networks) {
    slots_.push_back({kind, key_of(kind, network.str()), network, {}, 0});
  }
}

RedisCommand SharedFacts::command() const {
  RedisCommand command{"MGET"};
  for (const auto& slot : slots_) command.push_back(slot.key);
  return command;
}

facts::Facts SharedFacts::read(
    const RedisReply& reply, facts::Time now,
    const std::function<void(std::string_view key, std::string_view what)>& complain) const {
  facts::Facts facts;
  if (reply.kind != RedisReply::Kind::list || reply.list.size() != slots_.size()) {
    complain(shared_prefix, "an answer to another question");
    return facts;
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (reply.list[i].kind == RedisReply::Kind::nil) continue;
    const auto taken = reply.list[i].kind == RedisReply::Kind::text
                           ? read(slots_[i], reply.list[i].text, now, facts)
                           : wrong("no text");
    if (!taken) complain(slots_[i].key, taken.error());
  }
  return facts;
}

Nothing SharedFacts::read(const Slot& slot, std::string_view text, facts::Time now,
                          facts::Facts& into) const {
  const auto shared = decode_shared(slot.key, text, now, longest_);
  if (!shared) return wrong(shared.error());
  if (shared->expires <= now) return {};
  switch (slot.kind) {
    case Kind::reverse_names: {
      auto names = facts::decode<facts::ReverseNames>(shared->payload);
      if (!names) return wrong(names.error());
      if (confirmed_ && lacks_confirmation(*names)) return {};
      return take(*shared, now, std::move(*names), into.reverse_names);
    }
    case Kind::registration:
      return take_network(*shared, now, {*slot.network, address_, blocks_}, into.registration,
                          into.provisional.registration);
    case Kind::origin:
      return take_network(*shared, now, {*slot.network, address_, blocks_}, into.origin,
                          into.provisional.origin);
    case Kind::as_description: {
      auto description = facts::decode<facts::AsDescription>(shared->payload);
      if (!description) return wrong(description.error());
      if (description->asn != slot.asn) return wrong("about another AS");
      return take(*shared, now, std::move(*description), into.as_descriptions.emplace_back());
    }
    case Kind::dnsbl:
      break;
  }
  auto listing = facts::decode<facts::DnsblListing>(shared->payload);
  if (!listing) return wrong(listing.error());
  if (listing->zone != slot.zone) return wrong("about another zone");
  return take(*shared, now, std::move(*listing), into.dnsbl.emplace_back());
}

namespace {

class Sharing {
 public:
  Sharing(const net::Address& address, const config::Config::Cache& settings, facts::Time now)
      : address_(address),
        blocks_{settings.ipv4_network, settings.ipv6_network},
        longest_(settings.ttl),
        now_(now) {}

  template <class T>
  void add(Kind kind, const Fact<T>& fact, std::string_view what, std::string_view zone = {}) {
    if (!fact.known()) return;
    const auto said = std::chrono::duration_cast<seconds>(fact.expires - fact.learnt);
    const auto ttl = std::min(std::max(said, shortest_ttl), longest_);
    const auto key = key_of(kind, what, zone);
    const auto value = encode_shared(key, {now_ + ttl, fact.source, facts::encode(fact.value)});
    commands_.push_back({"SET", key, value, "EX", std::to_string(ttl.count())});
  }

  template <class T>
  void add_network(Kind kind, const Fact<T>& fact) {
    if (!fact.known()) return;
    const auto range = cache::range_of(fact.value);
    if (range && !is_about(fact.value, {address_, address_.bits()})) return;
    for (const auto& network : cache::places(address_, range, blocks_)) {
      add(kind, fact, network.str());
    }
  }

  [[nodiscard]] std::vector<RedisCommand> commands() && { return std::move(commands_); }

 private:
  net::Address address_;
  cache::Blocks blocks_;
  seconds longest_;
  facts::Time now_;
  std::vector<RedisCommand> commands_;
};

}  // namespace

std::vector<RedisCommand> share(const net::Address& address, const facts::Facts& facts,
                                const config::Config::Cache& settings, facts::Time now) {
  Sharing sharing(address, settings, now);
  const auto self = address.str();
  sharing.add(Kind::reverse_names, facts.reverse_names, self);
  sharing.add_network(Kind::origin, facts.origin);
  sharing.add_network(Kind::registration, facts.registration);
  for (const auto& description : facts.as_descriptions) {
    sharing.add(Kind::as_description, description, std::to_string(description.value.asn));
  }
  for (const auto& listing : facts.dnsbl) {
    sharing.add(Kind::dnsbl, listing, self, listing.value.zone);
  }
  return std::move(sharing).commands();
}

}  // namespace badclients::network
