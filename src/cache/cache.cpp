#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "cache/key.hpp"
#include "cache/reading.hpp"
#include "cache/rows.hpp"
#include "cache/stores.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

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

/// What is worth remembering of one login's facts, as rows: what was asked for now.
std::vector<std::pair<std::string, Row>> rows_of(const net::Address& address,
                                                 const facts::Facts& facts,
                                                 const config::Config::Cache& settings) {
  std::vector<std::pair<std::string, Row>> rows;
  const Blocks blocks{settings.ipv4_network, settings.ipv6_network};
  each_place(address, facts, blocks, [&](const Place& place, const auto& fact) {
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
  const auto rows = rows_of(address, facts, state_->settings);
  if (rows.empty()) return {};
  return state_->use(patience, [&](SQLite::Database& database) {
    Putter putter{database};
    for (const auto& [key, row] : rows) putter.put(key, row);
  });
}

}  // namespace badclients::cache
