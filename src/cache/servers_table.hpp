#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/servers.hpp"

/// The tables of servers and of questions to them, within a transaction of the caller's. Times are
/// milliseconds since 1970.
namespace badclients::cache {

class ServersTable {
 public:
  ServersTable(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// Takes a permit: the question is written down. Or says why there is none.
  std::optional<Refusal> permit(const ServerName& server, const config::Limits& limits,
                                std::int64_t until);

  void close(const ServerName& server, std::int64_t until, const std::string& reason);

  /// What is known of it.
  ServerState state(const ServerName& server, const config::Limits& limits);

  /// The servers that no key of the configuration names.
  std::vector<ServerName> others();

 private:
  bool make_room();
  void forget_questions(const ServerName& server);
  /// When the limit lets another question pass; 0: now.
  std::int64_t opens(const ServerName& server, const config::Limit& limit);
  std::uint32_t count(const ServerName& server, const config::Limit& limit);

  SQLite::Database& database_;
  std::int64_t now_;
};

}  // namespace badclients::cache
