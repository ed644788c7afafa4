#include "cache/upkeep.hpp"

#include "cache/eviction.hpp"
#include "cache/key.hpp"
#include "cache/rows.hpp"
#include "cache/steps.hpp"
#include "cache/times.hpp"

namespace badclients::cache {

namespace {

using std::chrono::seconds;
using Steps = base::Database::Steps;

/// How long each step waits for other writers. No login waits for pruning; if a thousand logins
/// store at once, its turn may come after a second.
constexpr std::chrono::milliseconds step_patience{2000};

/// Notes when pruning began. The row expires so late that it is deleted neither as expired nor
/// before any answer.
void note_pruning(const Steps& steps, facts::Time now, seconds longest_life) {
  steps.use([&](SQLite::Database& database) {
    Putter{database}.put(pruned_key, {stamp(now), stamp(now) + longest_life.count(), "", ""});
  });
}

/// Opens cache.db, and calls `transact` with `work`. A damaged file is an error, too.
template <class Transact, class Work>
tl::expected<void, std::string> open_to(Transact transact, const std::string& state_path,
                                        std::chrono::milliseconds patience, const Work& work) {
  auto database = base::Database::open(state_path, layout);
  if (!database) return tl::unexpected(database.error().text);
  const auto done = ((*database).*transact)(patience, work);
  if (!done) return tl::unexpected(done.error().text);
  if (auto damage = database->take_damage(); !damage.empty()) return tl::unexpected(damage);
  return {};
}

}  // namespace

tl::expected<Pruned, std::string> prune(const std::string& state_path,
                                        const config::Config::Cache& settings, facts::Time now) {
  Pruned pruned;
  const auto done =
      open_to(&base::Database::use_in_steps, state_path, step_patience, [&](const Steps& steps) {
        const auto longest = longest_failure(settings) + std::chrono::hours{24};
        note_pruning(steps, now, longest);
        pruned.expired =
            delete_rows(steps, Order::by_key, [&](const std::string&, std::int64_t expires) {
              return expires <= stamp(now) - settings.stale.count() ||
                     expires > stamp(now) + longest.count();
            });

        // One more row: the one that says when the cache was pruned.
        const auto evicted = evict(steps, blocks_in(settings), settings.max_entries + 1);
        pruned.evicted = evicted.deleted;
        pruned.left = evicted.left - 1;
      });
  if (!done) return tl::unexpected(done.error());
  return pruned;
}

tl::expected<std::uint64_t, std::string> clear(const std::string& state_path, Clear what) {
  std::uint64_t deleted = 0;
  const auto done =
      open_to(&base::Database::use_in_steps, state_path, step_patience, [&](const Steps& steps) {
        deleted = delete_rows(steps, Order::by_key, [&](const std::string& key, std::int64_t) {
          const auto outcome = outcome_of(key);
          return outcome && (what == Clear::everything || outcome == Outcome::failed);
        });
      });
  if (!done) return tl::unexpected(done.error());
  return deleted;
}

tl::expected<bool, std::string> pruning_due(const std::string& state_path, facts::Time now,
                                            std::chrono::milliseconds patience) {
  bool due = true;
  const auto done =
      open_to(&base::Database::look, state_path, patience, [&](SQLite::Database& connection) {
        const auto last = Finder{connection}.find(pruned_key);
        due = !last || last->learnt > stamp(now) ||
              last->learnt + pruning_interval.count() <= stamp(now);
      });
  if (!done) return tl::unexpected(done.error());
  return due;
}

}  // namespace badclients::cache
