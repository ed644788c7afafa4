#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "admin/report/report.hpp"
#include "admin/terminal.hpp"
#include "base/utf8.hpp"

namespace badclients::admin::report {

namespace {

/// Writes tables: numbers to the right, and the last column as wide as there is room.
class Page {
 public:
  explicit Page(const Display& display) : display_(display) {}

  void line(const std::string& text) { text_ += text + '\n'; }
  void heading(const std::string& text) {
    text_ += '\n' + (display_.colour ? fmt::format("\033[1m{}\033[0m", text) : text) + '\n';
  }
  /// The first row is the heading; the first column and the last are texts.
  void table(std::vector<std::vector<std::string>> rows);
  void more(std::size_t rows) {
    if (display_.top == 0 || rows <= display_.top) return;
    line(fmt::format("  ... and {} more (--top 0 shows all)", rows - display_.top));
  }
  [[nodiscard]] std::size_t shown(std::size_t rows) const {
    return display_.top == 0 ? rows : std::min(rows, display_.top);
  }
  /// Whether there is no room for what may be left out.
  [[nodiscard]] bool is_narrow() const { return display_.width < usual_width; }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t usual_width = 80;
  const Display& display_;
  std::string text_;
};

/// Cut between characters, with an ellipsis.
std::string fit(const std::string& text, std::size_t width) {
  if (columns(text) <= width) return text;
  std::string result;
  std::size_t count = 0;
  for (const char c : text) {
    if (!base::is_continuation(c) && ++count >= width) break;
    result += c;
  }
  return result + "\xe2\x80\xa6";
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, columns(text)), ' ');
  return right ? blanks + text : text + blanks;
}

void Page::table(std::vector<std::vector<std::string>> rows) {
  constexpr std::size_t least_name = 14, gap = 2, indent = 2;
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::size_t numbers = indent;
  for (std::size_t i = 1; i + 1 < widths.size(); ++i) numbers += widths[i] + gap;
  // The name may take half of what the numbers leave, and what the last column does not want.
  const auto room = std::max(display_.width, numbers + 2 * least_name) - numbers - gap;
  widths.front() = std::min(widths.front(),
                            std::max({room / 2, least_name, room - std::min(room, widths.back())}));
  widths.back() = std::min(widths.back(), room - std::min(room, widths.front()));
  bool first = true;
  for (const auto& row : rows) {
    std::string text(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool right = i != 0 && i + 1 != row.size();
      text += padded(fit(row[i], widths[i]), widths[i], right) + std::string(gap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    line(std::exchange(first, false) && display_.colour ? fmt::format("\033[2m{}\033[0m", text)
                                                        : text);
  }
}

std::string day_and_minute(const std::optional<facts::Time>& time) {
  if (!time) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}",
                     fmt::localtime(std::chrono::system_clock::to_time_t(*time)));
}

std::string mark(bool is_new) {
  return is_new ? "new" : "";
}

void write_head(const Report& report, Page& page) {
  const auto& numbers = report.numbers;
  std::string sources;
  for (const auto& source : report.sources) {
    sources += (sources.empty() ? "" : ", ") + printable(source);
  }
  page.line(fmt::format("{} of {}, {} to {}, in {}", counted(numbers.logins, "login", "logins"),
                        counted(report.users, "user", "users"), day_and_minute(report.first),
                        day_and_minute(report.last), sources));
  page.line(fmt::format("{} refused, {} would have been, {} undecided; {} hit", numbers.blocked,
                        numbers.would_block, numbers.undecided,
                        counted(report.refused_users.size(), "user", "users")));
  if (report.untimed != 0) {
    page.line(
        fmt::format("{} without a time that is known", counted(report.untimed, "login", "logins")));
  }
  if (!report.asked.known.empty()) {
    page.line(fmt::format("{} from networks in {}, which the tables of networks leave out",
                          counted(report.known, "login", "logins"), printable(report.asked.known)));
  }
  if (report.remembered) {
    page.line(fmt::format("new: not in a report that was remembered until {}",
                          day_and_minute(report.remembered)));
  }
}

void write_users(const Report& report, Page& page) {
  const auto& users = report.refused_users;
  page.heading(fmt::format("Refused users ({})", users.size()));
  if (users.empty()) return page.line("  none");
  std::vector<std::vector<std::string>> rows{{"USER", "REFUSED", "WOULD BE", "", "BY"}};
  const auto with_more = [&](std::vector<std::string>& row, std::string logins, std::string last) {
    if (!page.is_narrow()) row.insert(row.begin() + 3, {std::move(logins), std::move(last)});
  };
  with_more(rows.front(), "LOGINS", "LAST");
  for (std::size_t i = 0; i < page.shown(users.size()); ++i) {
    const auto& user = users[i];
    std::string by;
    for (const auto& [reason, logins] : user.by) {
      by += fmt::format("{}{} ({})", by.empty() ? "" : ", ", printable(reason), logins);
    }
    rows.push_back({printable(user.name), std::to_string(user.numbers.blocked),
                    std::to_string(user.numbers.would_block), mark(user.is_new), by});
    with_more(rows.back(), std::to_string(user.numbers.logins), day_and_minute(user.last));
  }
  page.table(std::move(rows));
  page.more(users.size());
}

void write_table(const Report& report, Group group, const char* title, const char* what,
                 Page& page) {
  const auto& table = report.table(group);
  if (table.empty()) return;
  page.heading(fmt::format("{} ({})", title, table.size()));
  const bool refusals = group == Group::client || group == Group::rule;
  std::vector<std::vector<std::string>> rows{
      {what, "USERS", refusals ? "" : "LOGINS", "REFUSED", "WOULD BE", "", ""}};
  for (std::size_t i = 0; i < page.shown(table.size()); ++i) {
    const auto& row = table[i];
    rows.push_back({printable(row.name), std::to_string(row.users),
                    refusals ? "" : std::to_string(row.numbers.logins),
                    std::to_string(row.numbers.blocked), std::to_string(row.numbers.would_block),
                    mark(row.is_new), printable(row.about)});
  }
  page.table(std::move(rows));
  page.more(table.size());
}

}  // namespace

std::string as_text(const Report& report, const Display& display) {
  Page page{display};
  write_head(report, page);
  if (report.numbers.logins == 0) return page.take();
  write_users(report, page);
  write_table(report, Group::client, "Clients", "CLIENT", page);
  write_table(report, Group::rule, "Rules", "RULE", page);
  write_table(report, Group::asn, "Autonomous systems", "AS", page);
  write_table(report, Group::country, "Countries", "COUNTRY", page);
  write_table(report, Group::network, "Networks", "NETWORK", page);
  write_table(report, Group::domain, "Reverse domains", "DOMAIN", page);
  write_table(report, Group::address, "Addresses", "ADDRESS", page);
  return page.take();
}

}  // namespace badclients::admin::report
