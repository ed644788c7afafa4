#include "budget/server_rows.hpp"

#include <algorithm>

#include "base/sql.hpp"
#include "budget/servers.hpp"

namespace badclients::budget {

namespace {

using std::chrono::milliseconds;

/// Strangers name them, so there may be any number.
constexpr std::int64_t most_strangers = 1000;

std::string service_of(const ServerName& server) {
  return std::string{config::to_string(server.service)};
}

}  // namespace

/// A closing of a clock that was ahead begins now, and lasts as long.
void ServerRows::put_right(const ServerName& server) {
  base::execute(
      database_,
      "UPDATE server SET closed_since = ?1, closed_until = ?1 + closed_until - closed_since,"
      " expires = ?1 + expires - closed_since"
      " WHERE name = ?2 AND service = ?3 AND closed_since > ?1 AND closed_until <= ?4",
      now_, server.name, service_of(server), now_ + milliseconds{longest_closed}.count());
}

ServerRow ServerRows::load(const ServerName& server) {
  put_right(server);
  auto select = base::prepared(database_,
                               "SELECT asked, closed_since, closed_until, reason FROM server"
                               " WHERE name = ? AND service = ?",
                               server.name, service_of(server));
  if (!select.executeStep()) return {};
  ServerRow row;
  row.asked = std::min(select.getColumn(0).getInt64(), now_);
  const auto until = select.getColumn(2).getInt64();
  if (until <= now_ || until > now_ + milliseconds{longest_closed}.count()) return row;
  row.closed_since = select.getColumn(1).getInt64();
  row.closed_until = until;
  row.reason = select.getColumn(3).getString();
  return row;
}

void ServerRows::save(const ServerName& server, const ServerRow& row, milliseconds window) {
  const auto expires = std::max(row.asked + window.count(), row.closed_until);
  base::execute(database_, "INSERT OR REPLACE INTO server VALUES(?, ?, ?, ?, ?, ?, ?)", server.name,
                service_of(server), row.asked, row.closed_since, row.closed_until, row.reason,
                expires);
}

bool ServerRows::has_room() {
  base::execute(database_, "DELETE FROM server WHERE expires <= ? AND instr(name, ':') > 0", now_);
  const auto count =
      database_.execAndGet("SELECT count(DISTINCT name) FROM server WHERE instr(name, ':') > 0");
  return count.getInt64() < most_strangers;
}

std::vector<ServerName> ServerRows::strangers() {
  std::vector<ServerName> servers;
  auto select = base::prepared(database_,
                               "SELECT name, service FROM server"
                               " WHERE instr(name, ':') > 0 AND expires > ? ORDER BY name, service",
                               now_);
  while (select.executeStep()) {
    const auto service = config::service_named(select.getColumn(1).getString());
    if (service) servers.push_back({*service, select.getColumn(0).getString()});
  }
  return servers;
}

}  // namespace badclients::budget
