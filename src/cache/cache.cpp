#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "cache/key.hpp"
#include "cache/placement.hpp"
#include "cache/reading.hpp"
#include "cache/rows.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using facts::Fact;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// How long a login waits for those who write.
constexpr milliseconds reading_patience{200};

}  // namespace

struct Cache::State {
  config::Config::Cache settings;
  base::Database database;
  bool is_busy = false;  ///< somebody stands still with a lock: we do not wait again

  [[nodiscard]] milliseconds at_most(milliseconds patience) const {
    return is_busy ? milliseconds{0} : patience;
  }

  tl::expected<void, std::string> look(const base::Database::Work& work) {
    return result_of(database.look(at_most(reading_patience), work));
  }

  tl::expected<void, std::string> use(milliseconds patience, const base::Database::Work& work) {
    return result_of(database.use(at_most(patience), work));
  }

 private:
  tl::expected<void, std::string> result_of(const tl::expected<void, base::Database::Error>& done) {
    if (!done) {
      is_busy = done.error().busy;
      return tl::unexpected(done.error().text);
    }
    if (auto damage = database.take_damage(); !damage.empty()) return tl::unexpected(damage);
    return {};
  }
};

namespace {

/// What is worth remembering of one login's facts, as rows.
class Collector {
 public:
  Collector(const net::Address& address, const config::Config::Cache& settings)
      : address_(address),
        settings_(settings),
        blocks_{settings.ipv4_network, settings.ipv6_network} {}

  void collect(const facts::Facts& facts) {
    const net::Network self{address_, address_.bits()};
    add(facts.reverse_names, key_of(self, Kind::reverse_names, Outcome::known),
        key_of(self, Kind::reverse_names, Outcome::failed), ttl_of(facts.reverse_names));
    add_network(facts.origin, Kind::origin);
    add_network(facts.registration, Kind::registration);
    add_provisional(facts.provisional.origin, facts.origin, Kind::origin);
    add_provisional(facts.provisional.registration, facts.registration, Kind::registration);
    for (const auto& listing : facts.dnsbl) {
      const auto& zone = listing.value.zone;
      add(listing, key_of(self, Kind::dnsbl, Outcome::known, zone),
          key_of(self, Kind::dnsbl, Outcome::failed, zone), ttl_of(listing));
    }
    for (const auto& description : facts.as_descriptions) {
      const auto asn = description.value.asn;
      add(description, key_of_as(asn, Outcome::known), key_of_as(asn, Outcome::failed),
          ttl_of(description));
    }
  }

  [[nodiscard]] const std::vector<std::pair<std::string, Row>>& rows() const { return rows_; }

 private:
  template <class T>
  void add_network(const Fact<T>& fact, Kind kind) {
    // That a question about a network failed says nothing about anyone, so a block's worth of
    // addresses may share it; and it has to be shared, or each address of a cloud (or of one
    // subscriber's IPv6 network) would put the same question to a server that has trouble.
    const net::Network around{address_, blocks_.around(address_)};
    const auto failure_key = key_of(around, kind, Outcome::failed);
    if (!fact.known()) return add(fact, {}, failure_key, ttl_of(fact));
    for (const auto& network : places(address_, range_of(fact.value), blocks_)) {
      add(fact, key_of(network, kind, Outcome::known), failure_key, ttl_of(fact));
    }
  }

  template <class T>
  void add_provisional(const Fact<T>& fact, const Fact<T>& own, Kind kind) {
    if (!fact.known()) return;
    const auto range = range_of(fact.value);
    // What served for want of the own answer may come from another block.
    for (const auto& network : own.failed() ? allocations(address_, range, blocks_)
                                            : provisional_places(address_, range, blocks_)) {
      add(fact, key_of(network, kind, Outcome::known), {}, ttl_of(fact));
    }
  }

  template <class T>
  [[nodiscard]] seconds ttl_of(const Fact<T>& fact) const {
    const seconds said{stamp(fact.expires) - stamp(fact.learnt)};
    return std::min(std::max(said, shortest_ttl), settings_.ttl);
  }

  template <class T>
  void add(const Fact<T>& fact, std::string answer_key, std::string failure_key, seconds ttl) {
    if (fact.from != facts::Provenance::asked) return;
    const auto learnt = stamp(fact.learnt);
    if (fact.known()) {
      rows_.emplace_back(std::move(answer_key),
                         Row{learnt, learnt + ttl.count(), fact.source, facts::encode(fact.value)});
    } else if (fact.failed()) {
      const seconds said{stamp(fact.expires) - learnt};
      const auto life = said > seconds{0}
                            ? std::min(said, std::max(settings_.ttl, settings_.negative_ttl))
                            : settings_.negative_ttl;
      rows_.emplace_back(std::move(failure_key), Row{learnt, learnt + life.count(), fact.source,
                                                     encode_failure(fact.cause, fact.trouble)});
    }
  }

  const net::Address& address_;
  const config::Config::Cache& settings_;
  Blocks blocks_;
  std::vector<std::pair<std::string, Row>> rows_;
};

}  // namespace

tl::expected<Cache, std::string> Cache::open(const std::string& state_path,
                                             const config::Config::Cache& settings) {
  auto database = base::Database::open(state_path, layout);
  if (!database) return tl::unexpected(database.error().text);
  return Cache{std::make_unique<State>(State{settings, std::move(*database)})};
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

tl::expected<void, std::string> Cache::read(const net::Address& address,
                                            const facts::Wanted& wanted, facts::Facts& into,
                                            facts::Time now) {
  std::string trouble;
  auto read = state_->look([&](SQLite::Database& database) {
    trouble = read_all(database, state_->settings, address, wanted, into, now);
  });
  if (read && !trouble.empty()) {
    return tl::unexpected(fmt::format("{}: an entry about {} makes no sense: {}",
                                      state_->database.path(), address.str(), trouble));
  }
  return read;
}

tl::expected<void, std::string> Cache::read_allocation(const net::Address& address,
                                                       const facts::Wanted& wanted,
                                                       facts::Facts& into, facts::Time now) {
  return state_->look([&](SQLite::Database& database) {
    cache::read_allocation(database, state_->settings, address, wanted, into, now);
  });
}

tl::expected<void, std::string> Cache::store(const net::Address& address, const facts::Facts& facts,
                                             std::chrono::milliseconds patience) {
  Collector collector{address, state_->settings};
  collector.collect(facts);
  if (collector.rows().empty()) return {};
  return state_->use(patience, [&](SQLite::Database& database) {
    Putter putter{database};
    for (const auto& [key, row] : collector.rows()) putter.put(key, row);
  });
}

}  // namespace badclients::cache
