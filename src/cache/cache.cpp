#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "cache/database.hpp"
#include "cache/failure.hpp"
#include "cache/key.hpp"
#include "cache/placement.hpp"
#include "cache/reading.hpp"
#include "cache/snapshot.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

struct Cache::State {
  std::string state_path;
  config::Config::Cache settings;
  std::optional<Snapshot> snapshot{};
  std::optional<Database> database{};  ///< opened when a snapshot is not enough

  tl::expected<void, std::string> open_database() {
    if (database) return {};
    auto opened = Database::open(state_path);
    if (!opened) return tl::unexpected(opened.error());
    database = std::move(*opened);
    return {};
  }
};

namespace {

using facts::Fact;
using std::chrono::seconds;

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
                                             const config::Config::Cache& settings,
                                             facts::Time now) {
  auto state = std::make_unique<State>(State{state_path, settings});
  state->snapshot = Snapshot::open(state_path, now);
  if (!state->snapshot) {
    const auto opened = state->open_database();
    if (!opened) return tl::unexpected(opened.error());
  }
  return Cache{std::move(state)};
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

bool Cache::read_snapshot(const net::Address& address, const facts::Wanted& wanted,
                          facts::Facts& into, facts::Time now) {
  const auto snapshot = std::exchange(state_->snapshot, std::nullopt);
  if (!snapshot) return false;
  try {
    auto found = into;
    SQLite::Transaction look{snapshot->connection()};
    const auto trouble =
        read_all(snapshot->connection(), state_->settings, address, wanted, found, now);
    if (!trouble.empty() || !snapshot->still_true()) return false;
    into = std::move(found);
    return true;
  } catch (const SQLite::Exception&) {
    return false;  // if it is not by chance, the ordinary way will say so
  }
}

tl::expected<void, std::string> Cache::read(const net::Address& address,
                                            const facts::Wanted& wanted, facts::Facts& into,
                                            facts::Time now) {
  if (read_snapshot(address, wanted, into, now)) return {};
  if (const auto opened = state_->open_database(); !opened) return tl::unexpected(opened.error());
  std::string trouble;
  auto read = state_->database->run([&](SQLite::Database& database) {
    // One snapshot, and one lock of the WAL instead of one a look-up.
    SQLite::Transaction snapshot{database};
    trouble = read_all(database, state_->settings, address, wanted, into, now);
  });
  if (read && !trouble.empty()) {
    return tl::unexpected(fmt::format("{}: an entry about {} makes no sense: {}",
                                      state_->database->path(), address.str(), trouble));
  }
  return read;
}

tl::expected<void, std::string> Cache::read_allocation(const net::Address& address,
                                                       const facts::Wanted& wanted,
                                                       facts::Facts& into, facts::Time now) {
  if (const auto opened = state_->open_database(); !opened) return tl::unexpected(opened.error());
  return state_->database->run([&](SQLite::Database& database) {
    SQLite::Transaction snapshot{database};
    cache::read_allocation(database, state_->settings, address, wanted, into, now);
  });
}

tl::expected<void, std::string> Cache::store(const net::Address& address, const facts::Facts& facts,
                                             std::chrono::milliseconds patience) {
  Collector collector{address, state_->settings};
  collector.collect(facts);
  if (collector.rows().empty()) return {};
  state_->snapshot.reset();
  if (const auto opened = state_->open_database(); !opened) return tl::unexpected(opened.error());
  const auto stored = state_->database->run([&](SQLite::Database& database) {
    database.setBusyTimeout(static_cast<int>(patience.count()));
    // Waits for no disk: a flush may take seconds where much mail is written, and a login must not.
    // After a power failure the file may be damaged, then it is set aside; but an answer (of up to
    // a thousand bytes) lies on one page with its key, so it will not be found under another one.
    database.exec("PRAGMA synchronous=OFF");
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    Putter putter{database};
    for (const auto& [key, row] : collector.rows()) putter.put(key, row);
    transaction.commit();
  });
  if (stored) state_->database->empty_wal();
  return stored;
}

}  // namespace badclients::cache
