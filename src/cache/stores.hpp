#pragma once

#include <vector>

#include "cache/key.hpp"
#include "cache/placement.hpp"
#include "facts/facts.hpp"
#include "facts/kinds.hpp"
#include "net/address.hpp"
#include "net/network.hpp"

/// What the stores of answers have in common (cache.db, and the cache that hosts share): where each
/// fact about an address is put, and where it is looked for. A store only finds and puts one fact.
namespace badclients::cache {

/// Calls `put(place, fact)` for every place where an answer or a failure is put. All addresses of a
/// block share the failure of a question about the network. If they did not, each address of a
/// cloud (or of one subscriber's IPv6 network) would ask a server that has trouble the same. A
/// failure says nothing about anyone, so sharing it does no harm.
template <class Put>
void each_place(const net::Address& address, const facts::Facts& facts, const Blocks& blocks,
                Put put) {
  const net::Network self{address, address.bits()};
  const auto put_network = [&](const auto& own, const auto& provisional) {
    const auto kind = facts::kind_of(own).kind;
    const auto put_all = [&](const auto& fact, const std::vector<net::Network>& networks) {
      for (const auto& network : networks) put(Place{kind, network}, fact);
    };
    if (own.failed()) put_all(own, {{address, blocks.around(address)}});
    if (own.known()) put_all(own, places(address, range_of(own.value), blocks));
    if (!provisional.known()) return;
    // If the own answer failed, this one served in its place, and may come from another block.
    const auto range = range_of(provisional.value);
    put_all(provisional, own.failed() ? allocations(address, range, blocks)
                                      : provisional_places(address, range, blocks));
  };
  put(Place{Kind::reverse_names, self}, facts.reverse_names);
  put_network(facts.origin, facts.provisional.origin);
  put_network(facts.registration, facts.provisional.registration);
  for (const auto& description : facts.as_descriptions) {
    put(Place{Kind::as_description, {}, {}, description.value.asn}, description);
  }
  for (const auto& listing : facts.dnsbl) {
    put(Place{Kind::dnsbl, self, listing.value.zone}, listing);
  }
}

/// Looks for what is wanted about one address. `Store` has
///   bool find(const Place&, Fact<T>&)           fills in an answer that may serve; false: none
///   void find_failure(const Place&, Fact<T>&)   fills in a failure, where no fresh answer is there
template <class Store>
class LookUp {
 public:
  LookUp(Store& store, const net::Address& address, const Blocks& blocks)
      : store_(store), address_(address), blocks_(blocks) {}

  /// The origin, too, if another wanted fact depends on it; descriptions if the origin is known.
  void all(const facts::Wanted& wanted, facts::Facts& into) {
    const net::Network self{address_, address_.bits()};
    if (wanted.reverse_names) one({Kind::reverse_names, self}, into.reverse_names);
    if (wanted.registration) network(into.registration, into.provisional.registration);
    const bool registration_to_ask =
        wanted.registration && into.registration.from != facts::Provenance::cache;
    if (wanted.origin || wanted.as_description || registration_to_ask) {
      network(into.origin, into.provisional.origin);
    }
    const auto* origin = facts::likely_origin(into);
    if (origin != nullptr && wanted.as_description) {
      for (const auto asn : facts::described_asns(*origin)) {
        one_of_many({Kind::as_description, {}, {}, asn}, asn, into.as_descriptions);
      }
    }
    for (const auto& zone : wanted.dnsbl_zones) {
      one_of_many({Kind::dnsbl, self, zone}, zone, into.dnsbl);
    }
  }

  /// Provisional answers that other blocks of the same allocation got.
  void allocation(const facts::Wanted& wanted, facts::Facts& into) {
    auto& [origin, registration] = into.provisional;
    if (wanted.registration) of_allocation(registration);
    if (wanted.origin) of_allocation(origin);
  }

 private:
  template <class T>
  void one(const Place& place, facts::Fact<T>& into) {
    if (into.knowledge != facts::Knowledge::not_asked) return;
    store_.find(place, into);
    store_.find_failure(place, into);
  }

  template <class T, class Key>
  void one_of_many(const Place& place, const Key& key, std::vector<facts::Fact<T>>& into) {
    one(place, facts::entry(into, key));
    std::erase_if(into,
                  [](const auto& fact) { return fact.knowledge == facts::Knowledge::not_asked; });
  }

  /// The address' own answer, or a provisional one.
  template <class T>
  void network(facts::Fact<T>& own, facts::Fact<T>& provisional) {
    if (own.knowledge != facts::Knowledge::not_asked) return;
    constexpr auto kind = facts::KindOf<T>::kind;
    for (const auto& network : probes(address_, blocks_)) {
      facts::Fact<T> found;
      if (!store_.find({kind, network}, found)) continue;
      const bool is_its_own = is_own(network, range_of(found.value), address_, blocks_);
      (is_its_own ? own : provisional) = std::move(found);
      break;
    }
    if (own.known()) provisional = {};
    store_.find_failure({kind, net::Network{address_, blocks_.around(address_)}}, own);
  }

  template <class T>
  void of_allocation(facts::Fact<T>& provisional) {
    if (provisional.known()) return;
    for (const auto& network : allocation_probes(address_, blocks_)) {
      if (store_.find({facts::KindOf<T>::kind, network}, provisional)) return;
    }
  }

  Store& store_;
  const net::Address& address_;
  Blocks blocks_;
};

}  // namespace badclients::cache
