#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "cache/key.hpp"
#include "cache/recent.hpp"
#include "cache/rows.hpp"
#include "cache/stores.hpp"
#include "cache/times.hpp"
#include "facts/kinds.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using facts::Fact;
using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

struct Cache::State {
  config::Config::Cache settings;
  base::Database database;
  milliseconds reading_patience;
  bool is_busy = false;  ///< somebody holds a lock for long: this login does not wait again
  std::optional<Finder> finder{};  ///< prepared at the first look-up
  bool serves_many = false;        ///< it was reopened: a process that lives long
  Recent recent{};
  std::uint64_t number = 0;  ///< of what was read last

  [[nodiscard]] milliseconds at_most(milliseconds patience) const {
    return is_busy ? milliseconds{0} : patience;
  }

  Finder& finder_in(SQLite::Database& connection) {
    return finder ? *finder : finder.emplace(connection);
  }

  /// False: the version cannot be had, so nothing in `recent` counts.
  bool begin_recent() {
    const auto version = database.version();
    if (version) recent.begin(*version);
    return version.has_value();
  }

  tl::expected<void, std::string> look(const base::Database::Work& work) {
    return result_of(database.look(at_most(reading_patience), work));
  }

  tl::expected<void, std::string> use(milliseconds patience, const base::Database::Work& work) {
    return result_of(database.use(at_most(patience), work));
  }

 private:
  tl::expected<void, std::string> result_of(const tl::expected<void, base::Database::Error>& done) {
    auto damage = database.take_damage();
    if (!done || !damage.empty()) recent.forget();
    if (!done) {
      is_busy = done.error().busy;
      return tl::unexpected(done.error().text);
    }
    if (!damage.empty()) return tl::unexpected(damage);
    return {};
  }
};

namespace {

/// The rows of one read transaction, as LookUp wants a store.
class Rows {
 public:
  Rows(Finder& finder, const config::Config::Cache& settings, facts::Time now)
      : finder_(finder), settings_(settings), now_(stamp(now)) {}

  /// What was wrong with the first entry that made no sense; empty: none.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  /// As long as nobody stores, the same is found again before this time. If it is not after `now`:
  /// never.
  [[nodiscard]] std::int64_t until() const { return until_; }

  template <class T>
  bool find(const Place& place, Fact<T>& into) {
    const auto row = row_of(key_of(place, Outcome::known), settings_.ttl);
    if (!row) return false;
    const auto gone = row->expires + settings_.stale.count();
    if (gone <= now_) return false;
    until_ = std::min(until_, row->expires > now_ ? row->expires : gone);
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
    const auto row = row_of(key_of(place, Outcome::failed), longest_failure(settings_));
    if (!row || row->expires <= now_) return;
    until_ = std::min(until_, row->expires);
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
  /// A row that counts, with its `expires` bounded: nothing overflows.
  std::optional<Row> row_of(const std::string& key, seconds longest) {
    auto row = finder_.find(key);
    if (!row) return row;
    const auto end = end_of_row(row->learnt, row->expires, longest, now_);
    if (!end || is_of_the_future(row->learnt, now_)) until_ = now_;
    if (!end) return std::nullopt;
    row->expires = *end;
    return row;
  }

  Finder& finder_;
  const config::Config::Cache& settings_;
  std::int64_t now_;
  std::int64_t until_ = std::numeric_limits<std::int64_t>::max();
  std::string trouble_;
};

/// Whether nobody has tried to learn anything.
bool is_blank(const facts::Facts& facts) {
  constexpr auto was_tried = [](const auto& fact) {
    return fact.knowledge != facts::Knowledge::not_asked;
  };
  const auto none = [&](const auto&... fact) { return !(was_tried(fact) || ...); };
  return !facts::any_of(facts, was_tried) &&
         none(facts.without_persons, facts.provisional.origin, facts.provisional.registration,
              facts.geo_city, facts.geo_asn, facts.geo_anonymous);
}

/// One login's facts that were asked for now, as rows.
std::vector<std::pair<std::string, Row>> rows_of(const net::Address& address,
                                                 const facts::Facts& facts,
                                                 const config::Config::Cache& settings) {
  std::vector<std::pair<std::string, Row>> rows;
  each_place(address, facts, blocks_in(settings), [&](const Place& place, const auto& fact) {
    const bool was_asked = fact.known() || fact.failed();
    if (!was_asked || fact.from != facts::Provenance::asked) return;
    const auto learnt = stamp(fact.learnt);
    rows.emplace_back(
        key_of(place, fact.known() ? Outcome::known : Outcome::failed),
        Row{learnt, learnt + life_of(fact, settings).count(), fact.source,
            fact.known() ? facts::encode(fact.value) : encode_failure(fact.cause, fact.trouble)});
  });
  return rows;
}

}  // namespace

tl::expected<Cache, std::string> Cache::open(const std::string& state_path,
                                             const config::Config::Cache& settings,
                                             std::chrono::milliseconds patience) {
  auto database = base::Database::open(state_path, layout);
  if (!database) return tl::unexpected(database.error().text);
  return Cache{std::make_unique<State>(State{settings, std::move(*database), patience})};
}

bool Cache::reopen(const std::string& state_path, const config::Config::Cache& settings,
                   std::chrono::milliseconds patience) {
  if (!state_->database.is_current(state_path)) return false;
  if (state_->settings != settings) state_->recent.forget();
  state_->settings = settings;
  state_->reading_patience = patience;
  state_->is_busy = false;
  state_->serves_many = true;
  return true;
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cache::Cache(Cache&&) noexcept = default;
Cache& Cache::operator=(Cache&&) noexcept = default;
Cache::~Cache() = default;

tl::expected<void, std::string> Cache::read(const net::Address& address,
                                            const facts::Wanted& wanted, facts::Facts& into,
                                            facts::Time now) {
  auto& recent = state_->recent;
  auto& number = state_->number;
  number = 0;
  bool has_begun = false;
  if (state_->serves_many && is_blank(into)) {
    has_begun = state_->begin_recent();
    const auto* const found = has_begun ? recent.find(address, wanted, stamp(now)) : nullptr;
    if (found != nullptr) {
      number = found->number;
      into = found->facts;
      return {};
    }
  }
  std::string trouble;
  auto read = state_->look([&](SQLite::Database& database) {
    Rows rows{state_->finder_in(database), state_->settings, now};
    LookUp{rows, address, blocks_in(state_->settings)}.all(wanted, into);
    trouble = rows.trouble();
    if (!has_begun || !trouble.empty()) return;
    number = recent.keep(address, wanted, into, stamp(now), rows.until());
  });
  if (!read) number = 0;
  if (read && !trouble.empty()) {
    return tl::unexpected(fmt::format("{}: an entry about {} makes no sense: {}",
                                      state_->database.path(), address.str(), trouble));
  }
  return read;
}

std::uint64_t Cache::number() const {
  return state_->number;
}

bool Cache::still_gives(std::uint64_t number, const net::Address& address,
                        const facts::Wanted& wanted, facts::Time now) {
  if (number == 0 || !state_->serves_many || !state_->begin_recent()) return false;
  const auto* const found = state_->recent.find(address, wanted, stamp(now));
  return found != nullptr && found->number == number;
}

tl::expected<void, std::string> Cache::read_allocation(const net::Address& address,
                                                       const facts::Wanted& wanted,
                                                       facts::Facts& into, facts::Time now) {
  return state_->look([&](SQLite::Database& database) {
    Rows rows{state_->finder_in(database), state_->settings, now};
    LookUp{rows, address, blocks_in(state_->settings)}.allocation(wanted, into);
  });
}

tl::expected<void, std::string> Cache::store(const net::Address& address, const facts::Facts& facts,
                                             std::chrono::milliseconds patience) {
  const auto rows = rows_of(address, facts, state_->settings);
  if (rows.empty()) return {};
  return state_->use(patience, [&](SQLite::Database& database) {
    Putter putter{database};
    for (const auto& [key, row] : rows) putter.put(key, row);
  });
}

}  // namespace badclients::cache
