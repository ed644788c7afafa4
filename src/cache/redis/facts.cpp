#include "cache/redis/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cache/redis/shared_cache.hpp"
#include "cache/redis/value.hpp"
#include "cache/stores.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using facts::Fact;
using std::chrono::seconds;

std::string key_of(const Place& place, std::string_view name) {
  const auto of_network =
      place.kind == facts::Kind::origin || place.kind == facts::Kind::registration;
  const auto what = !place.network ? std::to_string(place.asn)
                    : of_network   ? place.network->str()
                                   : place.network->base().str();
  return fmt::format("{}{}:{}{}{}", shared_prefix, name, what, place.zone.empty() ? "" : ":",
                     place.zone);
}
template <class T>
std::string key_of(const Place& place, const Fact<T>&) {
  return key_of(place, facts::KindOf<T>::name);
}

/// Whether an answer may stand at this place: it is about that zone, that AS, or all of that
/// network. An answer that does not say which network it is about may stand at a single address.
bool is_about(const facts::ReverseNames&, const Place&) {
  return true;
}
bool is_about(const facts::AsDescription& description, const Place& place) {
  return description.asn == place.asn;
}
bool is_about(const facts::DnsblListing& listing, const Place& place) {
  return listing.zone == place.zone;
}
template <class T>
bool is_about(const T& value, const Place& place) {
  const auto& network = *place.network;
  const auto range = range_of(value);
  if (!range) return network.prefix() == network.base().bits();
  return net::holds(*range, network.base()) && net::holds(*range, network.last());
}

/// Knows nothing, and notes what it was asked for.
struct Keys {
  std::vector<std::string> keys;

  template <class T>
  bool find(const Place& place, Fact<T>& into) {
    keys.push_back(key_of(place, into));
    return false;
  }
  template <class T>
  void find_failure(const Place&, Fact<T>&) {}
};

/// What the shared cache replied, by key.
class Replies {
 public:
  Replies(facts::Time now, seconds longest, const Complain& complain)
      : now_(now), longest_(longest), complain_(complain) {}

  void add(const std::string& key, const RedisReply& reply) {
    if (reply.kind == RedisReply::Kind::text) {
      texts_.emplace(key, reply.text);
    } else if (reply.kind != RedisReply::Kind::nil) {
      complain_(key, "no text");
    }
  }

  template <class T>
  bool find(const Place& place, Fact<T>& into) {
    const auto found = texts_.find(key_of(place, into));
    if (found == texts_.end()) return false;
    const auto read = take(place, found->first, found->second, into);
    if (!read) complain_(found->first, read.error());
    return read && *read;
  }
  template <class T>
  void find_failure(const Place&, Fact<T>&) {}

 private:
  /// False: it is stale.
  template <class T>
  tl::expected<bool, std::string> take(const Place& place, const std::string& key,
                                       std::string_view text, Fact<T>& into) const {
    const auto shared = decode_shared(key, text, now_, longest_);
    if (!shared) return tl::unexpected(shared.error());
    if (shared->expires <= now_) return false;
    auto value = facts::decode<T>(shared->payload);
    if (!value) return tl::unexpected(value.error());
    if (!is_about(*value, place)) {
      return tl::unexpected(fmt::format("about another {}", !place.network       ? "AS"
                                                            : place.zone.empty() ? "network"
                                                                                 : "zone"));
    }
    into.knowledge = facts::Knowledge::known;
    into.value = std::move(*value);
    into.source = fmt::format("{} (shared)", shared->source).substr(0, facts::longest_source);
    into.learnt = now_;
    into.expires = shared->expires;
    return true;
  }

  facts::Time now_;
  seconds longest_;
  const Complain& complain_;
  std::map<std::string, std::string_view> texts_;
};

bool lacks_confirmation(const facts::ReverseNames& names) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [](const auto& name) {
    return name.confirmed == facts::Confirmed::not_asked;
  });
}

}  // namespace

SharedFacts::SharedFacts(const net::Address& address, const facts::Wanted& wanted,
                         const std::optional<facts::Origin>& origin,
                         const config::Config::Cache& settings, bool of_allocation)
    : address_(address),
      wanted_(wanted),
      of_allocation_(of_allocation),
      longest_(settings.ttl),
      blocks_(blocks_in(settings)) {
  if (origin) {
    known_.origin.knowledge = facts::Knowledge::known;
    known_.origin.value = *origin;
  }
  Keys keys;
  look_up(keys);
  keys_ = std::move(keys.keys);
}

template <class Store>
facts::Facts SharedFacts::look_up(Store& store) const {
  auto facts = known_;
  LookUp look(store, address_, blocks_);
  if (of_allocation_) {
    look.allocation(wanted_, facts);
  } else {
    look.all(wanted_, facts);
  }
  if (known_.origin.known()) facts.origin = {};
  return facts;
}

RedisCommand SharedFacts::command() const {
  RedisCommand command{"MGET"};
  command.insert(command.end(), keys_.begin(), keys_.end());
  return command;
}

facts::Facts SharedFacts::read(const RedisReply& reply, facts::Time now,
                               const Complain& complain) const {
  if (reply.kind != RedisReply::Kind::list || reply.list.size() != keys_.size()) {
    complain(shared_prefix, "an answer to another question");
    return {};
  }
  Replies replies(now, longest_, complain);
  for (std::size_t i = 0; i < keys_.size(); ++i) replies.add(keys_[i], reply.list[i]);
  auto facts = look_up(replies);
  if (wanted_.confirmed_names && lacks_confirmation(facts.reverse_names.value)) {
    facts.reverse_names = {};
  }
  return facts;
}

std::vector<RedisCommand> share(const net::Address& address, const facts::Facts& facts,
                                const config::Config::Cache& settings, facts::Time now) {
  std::vector<RedisCommand> commands;
  each_place(address, facts, blocks_in(settings), [&](const Place& place, const auto& fact) {
    if (!fact.known() || !is_about(fact.value, place)) return;
    const auto life = life_of(fact, settings);
    const auto key = key_of(place, fact);
    const auto value = encode_shared(key, {now + life, fact.source, facts::encode(fact.value)});
    commands.push_back({"SET", key, value, "EX", std::to_string(life.count())});
  });
  return commands;
}

}  // namespace badclients::cache
