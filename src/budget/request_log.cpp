#include "budget/request_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/sql.hpp"

namespace badclients::budget {

namespace {

/// Under which name a count's questions stand. Two limits that count the same share the rows.
std::string scope_of(const ServerName& server, const Count& count) {
  auto scope = server.name;
  if (count.limit.service) scope += fmt::format(" {}", config::to_string(*count.limit.service));
  if (!count.of.empty()) scope += fmt::format(" {}", count.of);
  return scope;
}

}  // namespace

void RequestLog::forget_the_past() {
  // More than a question writes, so that it all goes in the end.
  base::execute(database_,
                "DELETE FROM question WHERE (scope, number) IN"
                " (SELECT scope, number FROM question WHERE expires <= ? LIMIT 100)",
                now_);
}

std::optional<Refusal> RequestLog::take(const ServerName& server, const std::vector<Count>& counts,
                                        std::int64_t reached) {
  std::map<std::string, std::int64_t> longest;  // window by scope
  for (const auto& count : counts) {
    auto& window = longest[scope_of(server, count)];
    window = std::max<std::int64_t>(window, count.limit.window.count());
  }
  for (const auto& [scope, window] : longest) put_right(scope);
  for (const auto& count : counts) {
    if (const auto when = opens(server, count)) return used_up(count, now_, *when);
  }
  for (const auto& [scope, window] : longest) {
    const auto before = last(scope);
    // In the order of their numbers: one that is permitted later counts as long at least.
    const auto end = std::max(reached, before.reached);
    base::execute(database_, "INSERT INTO question VALUES(?, ?, ?, ?)", scope, before.number + 1,
                  end, end + window);
  }
  return std::nullopt;
}

std::optional<std::int64_t> RequestLog::opens(const ServerName& server, const Count& count) {
  const auto scope = scope_of(server, count);
  const auto number = last(scope).number - count.limit.count + 1;
  if (number < 1) return std::nullopt;
  // The one with this number, or what is left of those before it.
  auto row = base::prepared(database_,
                            "SELECT reached FROM question WHERE scope = ? AND number <= ?"
                            " ORDER BY number DESC LIMIT 1",
                            scope, number);
  if (!row.executeStep()) return std::nullopt;
  const auto until = row.getColumn(0).getInt64() + count.limit.window.count();
  return until > now_ ? std::optional{until} : std::nullopt;
}

std::uint32_t RequestLog::asked(const ServerName& server, const Count& count) {
  const std::int64_t since = now_ - count.limit.window.count();
  auto row =
      base::prepared(database_, "SELECT count(*) FROM question WHERE scope = ? AND reached > ?",
                     scope_of(server, count), since);
  row.executeStep();
  return row.getColumn(0).getUInt();
}

RequestLog::Last RequestLog::last(const std::string& scope) {
  auto row = base::prepared(database_,
                            "SELECT number, reached FROM question WHERE scope = ?"
                            " ORDER BY number DESC LIMIT 1",
                            scope);
  if (!row.executeStep()) return {};
  return {row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
}

/// Questions of a clock that was ahead.
void RequestLog::put_right(const std::string& scope) {
  const auto latest = now_ + std::chrono::milliseconds{longest_reach}.count();
  if (last(scope).reached <= latest) return;
  base::execute(database_,
                "UPDATE question SET expires = ?1 + expires - reached, reached = ?1"
                " WHERE scope = ?2 AND reached > ?3",
                now_, scope, latest);
}

}  // namespace badclients::budget
