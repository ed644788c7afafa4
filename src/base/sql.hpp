#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace badclients::base {

/// A statement with its values, in the order of the `?` in `sql`; texts are copied. Throws
/// SQLite::Exception.
template <class... Values>
SQLite::Statement prepared(SQLite::Database& database, const char* sql, const Values&... values) {
  SQLite::Statement statement{database, sql};
  int number = 0;
  (statement.bind(++number, values), ...);
  return statement;
}

/// Executes one that has no rows. How many rows it changed.
template <class... Values>
int execute(SQLite::Database& database, const char* sql, const Values&... values) {
  return prepared(database, sql, values...).exec();
}

}  // namespace badclients::base
