#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <string>
#include <string_view>

namespace badclients::base {

/// Whether a database has the tables that `schema` makes, and nothing else. `schema`: statements
/// with a semicolon between two of them.
inline bool has_tables(SQLite::Database& database, std::string_view schema) {
  std::string found;
  SQLite::Statement row{database,
                        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"};
  while (row.executeStep()) {
    if (!found.empty()) found += ';';
    found += row.getColumn(0).getString();
  }
  return found == schema;
}

/// Whether the file is to blame for an error: it is damaged, or has other tables than those of its
/// `schema`. A damaged name of a column is as good a name as any to SQLite.
inline bool is_damage(const SQLite::Exception& error, SQLite::Database& database,
                      std::string_view schema) {
  const int code = error.getErrorCode() & 0xff;
  if (code != SQLITE_ERROR) return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  try {
    return !has_tables(database, schema);
  } catch (const SQLite::Exception&) {
    return false;
  }
}

}  // namespace badclients::base
