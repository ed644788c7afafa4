#include "cache/upkeep.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "cache/database.hpp"
#include "cache/eviction.hpp"
#include "cache/key.hpp"
#include "cache/steps.hpp"

namespace badclients::cache {

namespace {

using std::chrono::seconds;

/// When the cache was pruned last is an entry of its own: `learnt`.
constexpr const char* pruned_key = "pruned";

std::int64_t stamp(facts::Time time) {
  return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
}

std::uint64_t entries_in(SQLite::Database& database) {
  const auto count = database.execAndGet("SELECT count(*) FROM entry").getInt64();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count - 1, 0));  // but for pruned_key
}

/// Dated such that it is neither deleted as past its time nor before any answer.
void note_pruning(SQLite::Database& database, facts::Time now, seconds longest_life) {
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  Putter{database}.put(pruned_key, {stamp(now), stamp(now) + longest_life.count(), "", ""});
  transaction.commit();
}

std::uint64_t size_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void count_entry(Counted& counted, std::string_view key, bool fresh) {
  const auto kind = kind_of(key);
  if (!kind) return;
  ++(fresh ? counted.fresh : counted.old);
  if (kind->second == Outcome::failed) {
    ++counted.failures;
    return;
  }
  switch (kind->first) {
    case Kind::reverse_names:
      ++counted.reverse_names;
      break;
    case Kind::origin:
      ++counted.origins;
      break;
    case Kind::registration:
      ++counted.registrations;
      break;
    case Kind::dnsbl:
      ++counted.dnsbl;
      break;
    case Kind::as_description:
      ++counted.as_descriptions;
      break;
  }
}

std::vector<std::string> keys_to_clear(SQLite::Database& database, Clear what) {
  std::vector<std::string> keys;
  SQLite::Statement all{database, "SELECT key FROM entry"};
  while (all.executeStep()) {
    auto key = all.getColumn(0).getString();
    const auto kind = kind_of(key);
    if (kind && (what == Clear::everything || kind->second == Outcome::failed)) {
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

}  // namespace

tl::expected<Pruned, std::string> prune(const std::string& state_path,
                                        const config::Config::Cache& settings, facts::Time now) {
  auto database = Database::open(state_path);
  if (!database) return tl::unexpected(database.error());
  remove_leftovers(state_path);
  Pruned pruned;
  const auto done = database->run([&](SQLite::Database& connection) {
    connection.exec("PRAGMA synchronous=NORMAL");
    const auto longest = std::max(settings.ttl, settings.negative_ttl) + std::chrono::hours{24};
    note_pruning(connection, now, longest);
    SQLite::Statement past{connection,
                           "DELETE FROM entry WHERE key IN (SELECT key FROM entry"
                           " WHERE expires <= ?1 OR expires > ?2 LIMIT ?3)"};
    past.bind(1, stamp(now) - settings.stale.count());
    past.bind(2, stamp(now) + longest.count());
    pruned.expired = delete_in_steps(connection, past, 3, UINT64_MAX);

    // The row that says when the cache was pruned is none of the entries.
    pruned.evicted =
        evict(connection, {settings.ipv4_network, settings.ipv6_network}, settings.max_entries + 1);
    pruned.left = entries_in(connection);
    // The long part of emptying the WAL, during which others can write.
    connection.exec("PRAGMA wal_checkpoint(PASSIVE)");
  });
  if (!done) return tl::unexpected(done.error());
  database->empty_wal();
  return pruned;
}

tl::expected<std::uint64_t, std::string> clear(const std::string& state_path, Clear what) {
  auto database = Database::open(state_path);
  if (!database) return tl::unexpected(database.error());
  std::uint64_t deleted = 0;
  const auto done = database->run([&](SQLite::Database& connection) {
    connection.exec("PRAGMA synchronous=NORMAL");
    deleted = delete_in_steps(connection, keys_to_clear(connection, what));
    connection.exec("PRAGMA wal_checkpoint(PASSIVE)");
  });
  if (!done) return tl::unexpected(done.error());
  database->empty_wal();
  return deleted;
}

tl::expected<bool, std::string> pruning_due(const std::string& state_path, facts::Time now) {
  auto database = Database::open(state_path);
  if (!database) return tl::unexpected(database.error());
  bool due = true;
  const auto done = database->run([&](SQLite::Database& connection) {
    const auto last = Finder{connection}.find(pruned_key);
    due =
        !last || last->learnt > stamp(now) || last->learnt + pruning_interval.count() <= stamp(now);
  });
  if (!done) return tl::unexpected(done.error());
  return due;
}

tl::expected<Counted, std::string> count(const std::string& state_path, facts::Time now) {
  auto database = Database::open(state_path);
  if (!database) return tl::unexpected(database.error());
  Counted counted;
  const auto done = database->run([&](SQLite::Database& connection) {
    SQLite::Statement all{connection, "SELECT key, expires FROM entry"};
    while (all.executeStep()) {
      count_entry(counted, all.getColumn(0).getString(), all.getColumn(1).getInt64() > stamp(now));
    }
  });
  if (!done) return tl::unexpected(done.error());
  counted.bytes = size_of(database->path()) + size_of(database->path() + "-wal");
  return counted;
}

}  // namespace badclients::cache
