#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cache/account.hpp"

/// The accounts of servers as rows of cache.db, within a transaction of the caller's.
///
/// They stand among the answers, under keys that begin with `s`, and not in a table of their own:
/// SQLite reads the description of every table each time a database is opened, and no login shall
/// pay for what only those need that ask somebody.
namespace badclients::cache {

class AccountRows {
 public:
  /// `now`: ms since 1970.
  AccountRows(SQLite::Database& database, std::int64_t now) : database_(database), now_(now) {}

  /// One that knows nothing where there is none.
  Account load(const std::string& name);
  void save(const std::string& name, const Account& account);

  /// Whether there is room for one more, of a server that only strangers name. Takes away those
  /// that do not count any more.
  bool has_room();

  /// The names of the servers that no key of the configuration names.
  std::vector<std::string> strangers();

 private:
  SQLite::Database& database_;
  std::int64_t now_;
};

/// SQL: whether a row is an account.
inline constexpr const char* is_account = "(key >= x'73' AND key < x'74')";

}  // namespace badclients::cache
