#include <fmt/format.h>

#include "admin/csv.hpp"
#include "admin/report/report.hpp"

namespace badclients::admin::report {

namespace {

void add(std::string& text, std::string_view table, const std::string& name,
         const std::string& about, std::uint64_t users, const Numbers& numbers, bool is_new) {
  text += fmt::format("{},{},{},{},{},{},{},{},{}\r\n", table, csv_cell(name), csv_cell(about),
                      users, numbers.logins, numbers.blocked, numbers.would_block,
                      numbers.undecided, is_new ? "yes" : "no");
}

}  // namespace

std::string as_csv(const Report& report) {
  std::string text = "table,name,about,users,logins,blocked,would_block,tempfail,new\r\n";
  add(text, "all", "", "", report.users, report.numbers, false);
  for (const auto& user : report.refused_users) {
    std::string by;
    for (const auto& [reason, logins] : user.by) {
      by += fmt::format("{}{} ({})", by.empty() ? "" : "; ", reason, logins);
    }
    add(text, "refused_user", user.name, by, 1, user.numbers, user.is_new);
  }
  for (std::size_t i = 0; i < group_count; ++i) {
    const auto group = static_cast<Group>(i);
    for (const auto& row : report.table(group)) {
      add(text, name(group), row.name, row.about, row.users, row.numbers, row.is_new);
    }
  }
  return text;
}

}  // namespace badclients::admin::report
