#include "budget/missed.hpp"

#include <chrono>

#include "base/sql.hpp"
#include "budget/database.hpp"
#include "budget/refusal.hpp"

namespace badclients::budget {

namespace {

using base::Database;

/// For a list, which can be asked for again.
constexpr std::chrono::milliseconds short_patience{200};

/// Rows of the table `missed`: what, of which kind, and a number: of logins, or a time.
class Rows {
 public:
  explicit Rows(SQLite::Database& database) : database_(database) {}

  void add(const char* kind, const std::string& name) {
    base::execute(database_,
                  "INSERT INTO missed VALUES(?, ?, 1) ON CONFLICT(kind, name)"
                  " DO UPDATE SET number = number + 1",
                  kind, name);
  }
  void set(const char* kind, std::int64_t number) {
    base::execute(database_, "INSERT OR REPLACE INTO missed VALUES(?, '', ?)", kind, number);
  }
  /// A clock that was ahead keeps nobody quiet.
  bool told_lately(std::int64_t now) {
    const auto told = number("told");
    return told <= now && told > now - std::chrono::milliseconds{between_warnings}.count();
  }
  /// All but when they were told last.
  void clear() { database_.exec("DELETE FROM missed WHERE kind != 'told'"); }

  std::int64_t number(const char* kind) {
    auto select =
        base::prepared(database_, "SELECT number FROM missed WHERE kind = ? AND name = ''", kind);
    return select.executeStep() ? select.getColumn(0).getInt64() : 0;
  }
  std::map<std::string, std::uint64_t> all(const char* kind) {
    std::map<std::string, std::uint64_t> found;
    auto select = base::prepared(database_, "SELECT name, number FROM missed WHERE kind = ?", kind);
    while (select.executeStep()) {
      found[select.getColumn(0).getString()] =
          static_cast<std::uint64_t>(select.getColumn(1).getInt64());
    }
    return found;
  }
  MissedSums sums() {
    return {static_cast<std::uint64_t>(number("logins")), time_of(number("since")), all("fact"),
            all("list")};
  }

 private:
  SQLite::Database& database_;
};

}  // namespace

MissedSums MissedSums::of(const Missed& one, facts::Time now) {
  MissedSums sums;
  sums.logins = 1;
  sums.since = now;
  for (const auto& fact : one.facts) sums.facts[fact] = 1;
  for (const auto& list : one.lists) sums.lists[list] = 1;
  return sums;
}

tl::expected<std::optional<MissedSums>, std::string> MissedLog::add(
    const Missed& missed, std::chrono::milliseconds patience) {
  std::optional<MissedSums> due;
  auto database = Database::open(state_path_, layout);
  if (!database) return tl::unexpected(database.error().text);
  const auto used = database->use(patience, [&](SQLite::Database& connection) {
    due.reset();
    const auto now = in_ms(clock_());
    Rows rows{connection};
    if (rows.number("since") == 0) rows.set("since", now);
    rows.add("logins", {});
    for (const auto& fact : missed.facts) rows.add("fact", fact);
    for (const auto& list : missed.lists) rows.add("list", list);
    if (rows.told_lately(now)) return;
    due = rows.sums();
    rows.clear();
    rows.set("told", now);
  });
  if (used) return due;
  bool told = false;
  if (used.error().busy) {
    using namespace std::chrono_literals;
    (void)database->look(0ms, [&](SQLite::Database& connection) {
      told = Rows{connection}.told_lately(in_ms(clock_()));
    });
  }
  if (!told) return tl::unexpected(used.error().text);
  return std::nullopt;
}

tl::expected<MissedSums, std::string> MissedLog::untold() const {
  MissedSums sums;
  auto database = Database::open(state_path_, layout);
  if (!database) return tl::unexpected(database.error().text);
  const auto used = database->look(
      short_patience, [&](SQLite::Database& connection) { sums = Rows{connection}.sums(); });
  if (!used) return tl::unexpected(used.error().text);
  return sums;
}

}  // namespace badclients::budget
