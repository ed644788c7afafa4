#include "cache/entries.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cache/times.hpp"

namespace badclients::cache {

namespace {

constexpr int rows_at_once = 1000;
constexpr std::chrono::milliseconds patience{500};

using Bytes = std::string_view;

std::uint32_t number_of(Bytes bytes) {
  std::uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

net::Address address_of(Bytes bytes) {
  if (bytes.size() == 4) return net::Address::v4(number_of(bytes));
  std::array<std::uint8_t, 16> all{};
  std::ranges::transform(bytes, all.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return net::Address::v6(all);
}

using Rows = std::vector<std::pair<std::string, Row>>;

/// The next rows behind the key `after`.
Rows rows_behind(SQLite::Database& database, const std::string& after) {
  SQLite::Statement select{database,
                           "SELECT key, learnt, expires, source, value FROM entry WHERE key > ?"
                           " ORDER BY key LIMIT ?"};
  select.bindNoCopy(1, after.data(), static_cast<int>(after.size()));
  select.bind(2, rows_at_once);
  Rows rows;
  while (select.executeStep()) {
    rows.emplace_back(select.getColumn(0).getString(),
                      Row{select.getColumn(1).getInt64(), select.getColumn(2).getInt64(),
                          select.getColumn(3).getString(), select.getColumn(4).getString()});
  }
  return rows;
}

tl::expected<void, std::string> look(base::Database& database, const base::Database::Work& work) {
  const auto done = database.look(patience, work);
  if (!done) return tl::unexpected(done.error().text);
  if (auto damage = database.take_damage(); !damage.empty()) return tl::unexpected(damage);
  return {};
}

}  // namespace

std::optional<Entry> entry_of(std::string_view key) {
  const auto outcome = outcome_of(key);
  if (!outcome) return std::nullopt;
  Entry entry;
  entry.outcome = *outcome;
  const bool of_as = key.front() == 'a';
  const std::size_t bytes = key.front() == '6' ? 16 : 4;
  const auto about = key.substr(1, bytes);
  key.remove_prefix(1 + bytes);
  if (of_as) {
    entry.asn = number_of(about);
  } else {
    const auto address = address_of(about);
    const auto prefix = static_cast<unsigned char>(key.front());
    entry.network.emplace(address, std::min<unsigned>(prefix, address.bits()));
    key.remove_prefix(1);
  }
  entry.kind = static_cast<Kind>(base::lower(key.front()));
  entry.zone = key.substr(1);
  return entry;
}

Standing standing_of(const Entry& entry, const config::Config::Cache& settings, facts::Time now) {
  const bool failed = entry.outcome == Outcome::failed;
  const auto& row = entry.row;
  const auto longest = failed ? longest_failure(settings) : settings.ttl;
  const auto end = end_of_row(row.learnt, row.expires, longest, stamp(now));
  if (!end) return {Age::expired, now};
  const facts::Time fresh_until{std::chrono::seconds{*end}};
  if (*end > stamp(now)) return {Age::fresh, fresh_until};
  const bool serves = !failed && *end + settings.stale.count() > stamp(now);
  return {serves ? Age::stale : Age::expired, fresh_until};
}

tl::expected<void, std::string> each_entry(const std::string& state_path,
                                           const std::function<void(const Entry&)>& visit) {
  auto database = base::Database::open(state_path, layout);
  if (!database) return tl::unexpected(database.error().text);
  Rows rows;
  std::string after;
  do {
    const auto read = look(
        *database, [&](SQLite::Database& connection) { rows = rows_behind(connection, after); });
    if (!read) return read;
    for (auto& [key, row] : rows) {
      auto entry = entry_of(key);
      if (!entry) continue;
      entry->row = std::move(row);
      visit(*entry);
    }
    if (!rows.empty()) after = std::move(rows.back().first);
  } while (rows.size() == rows_at_once);
  return {};
}

tl::expected<std::optional<facts::Time>, std::string> pruned_last(const std::string& state_path) {
  auto database = base::Database::open(state_path, layout);
  if (!database) return tl::unexpected(database.error().text);
  std::optional<facts::Time> last;
  const auto read = look(*database, [&](SQLite::Database& connection) {
    const auto row = Finder{connection}.find(pruned_key);
    if (row) last = facts::Time(std::chrono::seconds(row->learnt));
  });
  if (!read) return tl::unexpected(read.error());
  return last;
}

}  // namespace badclients::cache
