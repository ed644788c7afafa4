#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "cache/database.hpp"
#include "cache/key.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

struct Cache::State {
  Database database;
  config::Config::Cache settings;

  [[nodiscard]] Blocks blocks() const { return {settings.ipv4_network, settings.ipv6_network}; }
};

namespace {

using facts::Fact;
using std::chrono::seconds;

/// DNS has answers with a TTL of 0, which would make the next login wait again.
constexpr seconds shortest_ttl{60};
/// A clock that was set back must not keep old answers alive: what was learnt later than this after
/// now does not count.
constexpr seconds clock_tolerance = std::chrono::hours{24};

std::int64_t stamp(facts::Time time) {
  return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
}

net::Network alone(const net::Address& address) {
  return {address, address.bits()};
}

net::Network block(const net::Address& address, const Blocks& blocks) {
  return {address, blocks.around(address)};
}

/// One look at the cache, in one read transaction.
class Reader {
 public:
  Reader(SQLite::Database& database, const config::Config::Cache& settings, facts::Time now)
      : finder_(database), settings_(settings), now_(stamp(now)) {}

  /// What was wrong with the first entry that made no sense; empty: none.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  template <class T>
  void fill(const std::vector<std::string>& answer_keys, const std::string& failure_key,
            Fact<T>& into) {
    if (into.knowledge != facts::Knowledge::not_asked) return;
    for (const auto& key : answer_keys) {
      if (fill_known(key, into)) break;
    }
    if (!into.known() || into.from == facts::Provenance::stale_cache) {
      consider_failure(failure_key, into);
    }
  }

 private:
  /// A row that was learnt in the past, with nothing that would overflow.
  std::optional<Row> find(const std::string& key, seconds longest_life) {
    auto row = finder_.find(key);
    if (!row || row->learnt < 0 || row->learnt > now_ + clock_tolerance.count()) {
      return std::nullopt;
    }
    // A `ttl` that was shortened since counts for what is stored already, too.
    row->expires = std::clamp(row->expires, row->learnt, row->learnt + longest_life.count());
    return row;
  }

  template <class T>
  bool fill_known(const std::string& key, Fact<T>& into) {
    const auto row = find(key, std::max(settings_.ttl, shortest_ttl));
    if (!row || row->expires + settings_.stale.count() <= now_) return false;
    auto value = facts::decode<T>(row->value);
    if (!value) {
      if (trouble_.empty()) trouble_ = value.error();
      return false;
    }
    into.knowledge = facts::Knowledge::known;
    into.from = row->expires > now_ ? facts::Provenance::cache : facts::Provenance::stale_cache;
    into.value = std::move(*value);
    into.source = row->source;
    into.learnt = facts::Time{seconds{row->learnt}};
    into.expires = facts::Time{seconds{row->expires}};
    return true;
  }

  template <class T>
  void consider_failure(const std::string& key, Fact<T>& into) {
    const auto row = find(key, std::max(settings_.ttl, settings_.negative_ttl));
    if (!row || row->expires <= now_) return;
    if (into.known()) {
      if (row->learnt >= stamp(into.learnt)) into.expires = facts::Time{seconds{row->expires}};
      return;
    }
    into.knowledge = facts::Knowledge::failed;
    into.from = facts::Provenance::cache;
    into.source = row->source;
    into.trouble = row->value;
    into.learnt = facts::Time{seconds{row->learnt}};
    into.expires = facts::Time{seconds{row->expires}};
  }

  Finder finder_;
  const config::Config::Cache& settings_;
  std::int64_t now_;
  std::string trouble_;
};

std::vector<std::string> keys_of(const std::vector<net::Network>& networks, Kind kind) {
  std::vector<std::string> keys;
  keys.reserve(networks.size());
  for (const auto& network : networks) keys.push_back(key_of(network, kind, Outcome::known));
  return keys;
}

/// Fills in all that is wanted about one address.
void read_all(Reader& reader, const net::Address& address, const Blocks& blocks,
              const facts::Wanted& wanted, facts::Facts& into) {
  const auto networks = probes(address, blocks);
  const auto self = alone(address);
  const auto around = block(address, blocks);
  if (wanted.reverse_names || wanted.confirmed_names) {
    reader.fill({key_of(self, Kind::reverse_names, Outcome::known)},
                key_of(self, Kind::reverse_names, Outcome::failed), into.reverse_names);
  }
  if (wanted.registration) {
    reader.fill(keys_of(networks, Kind::registration),
                key_of(around, Kind::registration, Outcome::failed), into.registration);
  }
  const bool registration_to_ask =
      wanted.registration && into.registration.from != facts::Provenance::cache;
  if (wanted.origin || wanted.as_description || registration_to_ask) {
    reader.fill(keys_of(networks, Kind::origin), key_of(around, Kind::origin, Outcome::failed),
                into.origin);
  }
  if (wanted.as_description && into.origin.known() && !into.origin.value.asns.empty()) {
    const auto asn = into.origin.value.asns.front();
    reader.fill({key_of_as(asn, Outcome::known)}, key_of_as(asn, Outcome::failed),
                into.as_description);
  }
  for (const auto& zone : wanted.dnsbl_zones) {
    Fact<facts::DnsblListing> listing;
    const auto asked = [&](const auto& fact) { return fact.value.zone == zone; };
    if (std::any_of(into.dnsbl.begin(), into.dnsbl.end(), asked)) continue;
    reader.fill({key_of(self, Kind::dnsbl, Outcome::known, zone)},
                key_of(self, Kind::dnsbl, Outcome::failed, zone), listing);
    if (listing.knowledge == facts::Knowledge::not_asked) continue;
    listing.value.zone = zone;
    into.dnsbl.push_back(std::move(listing));
  }
}

/// What is worth remembering of one login's facts, as rows.
class Collector {
 public:
  Collector(const net::Address& address, const config::Config::Cache& settings)
      : address_(address),
        settings_(settings),
        blocks_{settings.ipv4_network, settings.ipv6_network} {}

  void collect(const facts::Facts& facts) {
    const auto self = alone(address_);
    // That a question about a network failed says nothing about anyone, so a block's worth of
    // addresses may share it; and it has to be shared, or each address of a cloud (or of one
    // subscriber's IPv6 network) would put the same question to a server that has trouble.
    const auto around = block(address_, blocks_);

    add(facts.reverse_names, key_of(self, Kind::reverse_names, Outcome::known),
        key_of(self, Kind::reverse_names, Outcome::failed), ttl_of(facts.reverse_names));
    const auto& origin = facts.origin.value;
    add(facts.origin,
        key_of(stored_network(address_, origin.prefix, blocks_), Kind::origin, Outcome::known),
        key_of(around, Kind::origin, Outcome::failed), settings_.ttl);
    add(facts.registration,
        key_of(stored_network(address_, network_of(facts.registration.value), blocks_),
               Kind::registration, Outcome::known),
        key_of(around, Kind::registration, Outcome::failed), settings_.ttl);
    for (const auto& listing : facts.dnsbl) {
      const auto& zone = listing.value.zone;
      add(listing, key_of(self, Kind::dnsbl, Outcome::known, zone),
          key_of(self, Kind::dnsbl, Outcome::failed, zone), ttl_of(listing));
    }

    const auto& description = facts.as_description;
    const auto asn = description.known()                            ? description.value.asn
                     : facts.origin.known() && !origin.asns.empty() ? origin.asns.front()
                                                                    : 0;
    if (asn == 0) return;  // it failed for want of an origin, or there is no AS to describe
    add(description, key_of_as(asn, Outcome::known), key_of_as(asn, Outcome::failed),
        settings_.ttl);
  }

  [[nodiscard]] const std::vector<std::pair<std::string, Row>>& rows() const { return rows_; }

 private:
  [[nodiscard]] std::optional<net::Network> network_of(
      const facts::Registration& registration) const {
    if (!registration.range) return std::nullopt;
    return net::Network::within(registration.range->first, registration.range->second, address_);
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
      rows_.emplace_back(std::move(failure_key),
                         Row{learnt, learnt + life.count(), fact.source, fact.trouble});
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
  auto database = Database::open(state_path);
  if (!database) return tl::unexpected(database.error());
  return Cache{std::make_unique<State>(State{std::move(*database), settings})};
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

tl::expected<void, std::string> Cache::read(const net::Address& address,
                                            const facts::Wanted& wanted, facts::Facts& into,
                                            facts::Time now) {
  std::string trouble;
  auto read = state_->database.run([&](SQLite::Database& database) {
    // One snapshot, and one lock of the WAL instead of one a look-up.
    SQLite::Transaction snapshot{database};
    Reader reader{database, state_->settings, now};
    read_all(reader, address, state_->blocks(), wanted, into);
    trouble = reader.trouble();
  });
  if (read && !trouble.empty()) {
    return tl::unexpected(fmt::format("{}: an entry about {} makes no sense: {}",
                                      state_->database.path(), address.str(), trouble));
  }
  return read;
}

tl::expected<void, std::string> Cache::store(const net::Address& address, const facts::Facts& facts,
                                             std::chrono::milliseconds patience) {
  Collector collector{address, state_->settings};
  collector.collect(facts);
  if (collector.rows().empty()) return {};
  const auto stored = state_->database.run([&](SQLite::Database& database) {
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
  if (stored) state_->database.keep_wal_short();
  return stored;
}

}  // namespace badclients::cache
