#include "cache/servers_table.hpp"

#include <algorithm>

#include "cache/refusal.hpp"

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

/// Strangers name them, so there may be any number. Each takes some hundred bytes.
constexpr std::int64_t most_others = 1000;
constexpr std::int64_t longest_window = milliseconds{config::longest_window}.count();

int number_of(config::Service service) {
  return static_cast<int>(service);
}

/// Binds ?1 name, ?2 service.
void bind(SQLite::Statement& statement, const ServerName& server) {
  statement.bind(1, server.name);
  statement.bind(2, number_of(server.service));
}

}  // namespace

std::optional<Refusal> ServersTable::permit(const ServerName& server, const config::Limits& limits,
                                            std::int64_t until) {
  SQLite::Statement closed{database_,
                           "SELECT closed_until, reason FROM server WHERE name=?1 AND service=?2"};
  bind(closed, server);
  const bool known = closed.executeStep();
  if (known && still_closed(closed.getColumn(0).getInt64(), now_)) {
    return left_alone(now_, closed.getColumn(0).getInt64(), closed.getColumn(1).getString());
  }
  const bool stranger = server.name.find(':') != std::string::npos;
  if (!known && stranger && !make_room()) return not_known("there are too many servers to count");
  forget_questions(server);
  bool counts = false;
  for (const auto& limit : limits) {
    if (limit.service && *limit.service != server.service) continue;
    counts = true;
    if (const auto when = opens(server, limit); when != 0) return used_up(limit, now_, when);
  }
  if (counts) {
    SQLite::Statement add{database_, "INSERT INTO question(name, service, until) VALUES(?1,?2,?3)"};
    bind(add, server);
    add.bind(3, until);
    add.exec();
  }
  SQLite::Statement note{database_,
                         "INSERT INTO server(name, service, asked) VALUES(?1, ?2, ?3)"
                         " ON CONFLICT(name, service) DO UPDATE SET asked=excluded.asked"};
  bind(note, server);
  note.bind(3, now_);
  note.exec();
  return std::nullopt;
}

/// A server that nobody has asked for long is forgotten when a new one comes, with what was asked
/// of it. False: there are too many that count.
bool ServersTable::make_room() {
  SQLite::Statement old{database_,
                        "DELETE FROM server WHERE closed_until<?1 AND asked<?1-?2 AND"
                        " instr(name, ':')>0"};
  old.bind(1, now_);
  old.bind(2, longest_window);
  if (old.exec() > 0) {
    database_.exec("DELETE FROM question WHERE name NOT IN (SELECT name FROM server)");
  }
  return database_.execAndGet("SELECT count(*) FROM server").getInt64() < most_others;
}

void ServersTable::forget_questions(const ServerName& server) {
  SQLite::Statement past{database_, "DELETE FROM question WHERE name=?1 AND until<=?2"};
  past.bind(1, server.name);
  past.bind(2, now_ - longest_window);
  past.exec();
  SQLite::Statement ahead{database_, "UPDATE question SET until=?2 WHERE name=?1 AND until>?3"};
  ahead.bind(1, server.name);
  ahead.bind(2, now_);
  ahead.bind(3, now_ + milliseconds{longest_reach}.count());
  ahead.exec();
}

std::int64_t ServersTable::opens(const ServerName& server, const config::Limit& limit) {
  SQLite::Statement last{database_,
                         "SELECT until FROM question WHERE name=?1 AND (?2<0 OR service=?2)"
                         " ORDER BY until DESC LIMIT 1 OFFSET ?3"};
  last.bind(1, server.name);
  last.bind(2, limit.service ? number_of(*limit.service) : -1);
  last.bind(3, static_cast<std::int64_t>(limit.count) - 1);
  if (!last.executeStep()) return 0;
  const auto opens = last.getColumn(0).getInt64() + limit.window.count();
  return opens > now_ ? opens : 0;
}

void ServersTable::close(const ServerName& server, std::int64_t until, const std::string& reason) {
  SQLite::Statement note{
      database_,
      "INSERT INTO server(name, service, closed_since, closed_until, reason)"
      " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(name, service) DO UPDATE SET"
      // What it said first, as long as it says so.
      " closed_since=iif(closed_until>?3 AND closed_since<=?3, closed_since, ?3),"
      " closed_until=?4, reason=?5 WHERE closed_until<?4 OR closed_until>?6"};
  bind(note, server);
  note.bind(3, now_);
  note.bind(4, until);
  note.bind(5, reason);
  note.bind(6, now_ + milliseconds{longest_closed}.count());
  note.exec();
}

std::uint32_t ServersTable::count(const ServerName& server, const config::Limit& limit) {
  SQLite::Statement asked{database_,
                          "SELECT count(*) FROM question WHERE name=?1 AND (?2<0 OR service=?2)"
                          " AND until>?3"};
  asked.bind(1, server.name);
  asked.bind(2, limit.service ? number_of(*limit.service) : -1);
  asked.bind(3, now_ - limit.window.count());
  asked.executeStep();
  return static_cast<std::uint32_t>(asked.getColumn(0).getInt64());
}

ServerState ServersTable::state(const ServerName& server, const config::Limits& limits) {
  ServerState state{server, {}, {}, {}, {}};
  for (const auto& limit : limits) {
    if (limit.service && *limit.service != server.service) continue;
    state.used.push_back({limit, count(server, limit)});
    const auto when = opens(server, limit);
    if (when != 0)
      state.full_until = std::max(state.full_until.value_or(time_of(when)), time_of(when));
  }
  SQLite::Statement row{database_,
                        "SELECT asked, closed_since, closed_until, reason FROM server"
                        " WHERE name=?1 AND service=?2"};
  bind(row, server);
  if (!row.executeStep()) return state;
  if (const auto asked = row.getColumn(0).getInt64(); asked > 0) state.asked_last = time_of(asked);
  const auto until = row.getColumn(2).getInt64();
  if (still_closed(until, now_)) {
    state.closed = {time_of(row.getColumn(1).getInt64()), time_of(until),
                    row.getColumn(3).getString()};
  }
  return state;
}

std::vector<ServerName> ServersTable::others() {
  std::vector<ServerName> servers;
  SQLite::Statement row{database_,
                        "SELECT name, service FROM server WHERE instr(name, ':')>0"
                        " ORDER BY name, service"};
  while (row.executeStep()) {
    servers.push_back(
        {static_cast<config::Service>(row.getColumn(1).getInt()), row.getColumn(0).getString()});
  }
  return servers;
}

}  // namespace badclients::cache
