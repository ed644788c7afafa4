#include "cache/account_rows.hpp"

#include <fmt/format.h>

#include "cache/database.hpp"

namespace badclients::cache {

namespace {

/// Strangers name them, so there may be any number. Each takes some hundred bytes.
constexpr std::int64_t most_accounts = 1000;

std::string key_of(const std::string& name) {
  return "s" + name;
}

std::int64_t seconds_of(std::int64_t milliseconds) {
  return milliseconds / 1000 + 1;
}

}  // namespace

Account AccountRows::load(const std::string& name) {
  const auto row = Finder{database_}.find(key_of(name));
  return row ? Account::decode(row->value) : Account{};
}

void AccountRows::save(const std::string& name, const Account& account) {
  Putter{database_}.put(key_of(name),
                        {seconds_of(now_), seconds_of(account.expires()), "", account.encode()});
}

bool AccountRows::has_room() {
  SQLite::Statement old{database_, fmt::format("DELETE FROM entry WHERE {} AND expires <= ?"
                                               " AND instr(key, x'3a') > 0",  // a colon
                                               is_account)};
  old.bind(1, now_ / 1000);
  old.exec();
  const auto count =
      database_.execAndGet(fmt::format("SELECT count(*) FROM entry WHERE {}", is_account));
  return count.getInt64() < most_accounts;
}

std::vector<std::string> AccountRows::strangers() {
  std::vector<std::string> names;
  SQLite::Statement row{database_, fmt::format("SELECT key FROM entry WHERE {} AND"
                                               " instr(key, x'3a') > 0 ORDER BY key",
                                               is_account)};
  while (row.executeStep()) names.push_back(row.getColumn(0).getString().substr(1));
  return names;
}

}  // namespace badclients::cache
