#include "budget/silences.hpp"

#include <algorithm>

#include "base/sql.hpp"
#include "budget/refusal.hpp"

namespace badclients::budget {

std::vector<Silence> Silences::all() {
  std::vector<Silence> found;
  SQLite::Statement select{database_, "SELECT source, logins, since FROM silence ORDER BY source"};
  while (select.executeStep()) {
    auto source = Source::named(select.getColumn(0).getString());
    const auto logins = select.getColumn(1).getInt64();
    if (!source || logins < 1) continue;
    const auto since = std::min(select.getColumn(2).getInt64(), now_);
    found.push_back({*std::move(source), static_cast<unsigned>(logins), time_of(since)});
  }
  return found;
}

void Silences::count(const Source& source) {
  base::execute(database_,
                "INSERT INTO silence VALUES(?, 1, ?) ON CONFLICT(source)"
                " DO UPDATE SET logins = min(logins, 1000000) + 1",
                source.name, now_);
}

void Silences::end(const Source& source) {
  base::execute(database_, "DELETE FROM silence WHERE source = ?", source.name);
}

void Silences::end_all() {
  database_.exec("DELETE FROM silence");
}

}  // namespace badclients::budget
