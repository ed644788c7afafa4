#include "cache/reading.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "cache/key.hpp"
#include "cache/rows.hpp"
#include "cache/stores.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using facts::Fact;
using std::chrono::seconds;

/// A clock that was set back must not keep old answers alive: what was learnt later than this after
/// now does not count.
constexpr seconds clock_tolerance = std::chrono::hours{24};

/// The rows of one read transaction, as LookUp wants a store.
class Rows {
 public:
  Rows(SQLite::Database& database, const config::Config::Cache& settings, facts::Time now)
      : finder_(database), settings_(settings), now_(stamp(now)) {}

  /// What was wrong with the first entry that made no sense; empty: none.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  template <class T>
  bool find(const Place& place, Fact<T>& into) {
    const auto row = row_of(key_of(place, Outcome::known), longest_life(settings_));
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
  void find_failure(const Place& place, Fact<T>& into) {
    if (into.known() && into.from != facts::Provenance::stale_cache) return;
    const auto row =
        row_of(key_of(place, Outcome::failed), std::max(settings_.ttl, settings_.negative_ttl));
    if (!row || row->expires <= now_) return;
    if (into.known()) {
      if (row->learnt >= stamp(into.learnt)) into.expires = facts::Time{seconds{row->expires}};
      return;
    }
    into.knowledge = facts::Knowledge::failed;
    into.from = facts::Provenance::cache;
    into.source = row->source;
    std::tie(into.cause, into.trouble) = decode_failure(row->value);
    into.learnt = facts::Time{seconds{row->learnt}};
    into.expires = facts::Time{seconds{row->expires}};
  }

 private:
  /// A row that was learnt in the past, with nothing that would overflow.
  std::optional<Row> row_of(const std::string& key, seconds longest) {
    auto row = finder_.find(key);
    if (!row || row->learnt < 0 || row->learnt > now_ + clock_tolerance.count()) {
      return std::nullopt;
    }
    // A `ttl` that was shortened since counts for what is stored already, too.
    row->expires = std::clamp(row->expires, row->learnt, row->learnt + longest.count());
    return row;
  }

  Finder finder_;
  const config::Config::Cache& settings_;
  std::int64_t now_;
  std::string trouble_;
};

}  // namespace

std::string read_all(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now) {
  Rows rows{database, settings, now};
  LookUp{rows, address, {settings.ipv4_network, settings.ipv6_network}}.all(wanted, into);
  return rows.trouble();
}

void read_allocation(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now) {
  Rows rows{database, settings, now};
  LookUp{rows, address, {settings.ipv4_network, settings.ipv6_network}}.allocation(wanted, into);
}

}  // namespace badclients::cache
