#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/database.hpp"

/// Looks at many rows, and deletes them, while logins read and store: a few at a time, each time in
/// a transaction of its own.
namespace badclients::cache {

enum class Order : std::uint8_t { by_key, by_expiry };
using EachRow = std::function<bool(const std::string& key, std::int64_t expires)>;

/// Shows `each` all rows in this order, until it returns false.
void for_each_row(SQLite::Database& database, Order order, const EachRow& each);

/// Deletes the rows for which `is_to_go` is true, in this order, `most` at most, with pauses in
/// which others write. Returns how many.
std::uint64_t delete_rows(const base::Database::Steps& steps, Order order, const EachRow& is_to_go,
                          std::uint64_t most = UINT64_MAX);

}  // namespace badclients::cache
