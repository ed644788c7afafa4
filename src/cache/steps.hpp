#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Deleting many rows while logins store.
namespace badclients::cache {

/// Does `step`, which deletes at most as many rows as it is told and returns how many, again and
/// again, each time in a transaction of its own and with a pause after it in which others write,
/// until it finds fewer than it may delete or `most` are deleted. How many were.
std::uint64_t delete_in_steps(SQLite::Database& database, std::uint64_t most,
                              const std::function<std::uint64_t(std::uint64_t limit)>& step);

/// The rows that a DELETE finds whose parameter of this number is a limit.
std::uint64_t delete_in_steps(SQLite::Database& database, SQLite::Statement& statement,
                              int limit_parameter, std::uint64_t most);

/// The rows with these keys.
std::uint64_t delete_in_steps(SQLite::Database& database, const std::vector<std::string>& keys);

}  // namespace badclients::cache
