#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/database.hpp"

/// Looking at many rows, and deleting them, while logins read and store: some at a time, each time
/// in a transaction of its own.
namespace badclients::cache {

enum class Order : std::uint8_t { by_key, by_expiry };
using EachRow = std::function<bool(const std::string& key, std::int64_t expires)>;

/// Shows `each` all rows, in this order, from the key `first` on, until it returns false.
void for_each_row(SQLite::Database& database, Order order, const EachRow& each,
                  std::string first = {});

/// Deletes the rows that a DELETE finds whose parameter of this number is a limit, `most` at most,
/// with pauses in which others write. How many there were.
std::uint64_t delete_in_steps(const base::Database::Steps& steps, SQLite::Statement& statement,
                              int limit_parameter, std::uint64_t most);

/// The same for the rows with these keys.
void delete_in_steps(const base::Database::Steps& steps, const std::vector<std::string>& keys);

}  // namespace badclients::cache
