#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "admin/report/html_assets.hpp"
#include "admin/report/report.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::report {

namespace {

/// Foreign text, fit for an element's content or a quoted attribute.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// As Content-Security-Policy names an inline element: nothing else is run or styles the page.
std::string hash_source(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(base64.data()));
}

/// 12,345
std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  constexpr int group = 3;
  for (int at = static_cast<int>(text.size()) - group; at > 0; at -= group) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string local(const char* format, facts::Time time) {
  return fmt::format(fmt::runtime(format),
                     fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

std::string minute_of(const std::optional<facts::Time>& time) {
  return time ? local("{:%Y-%m-%d %H:%M}", *time) : "-";
}

/// A bar of the charts.
struct Span {
  std::string name;
  Numbers numbers;
};

/// A bar an hour where they are few, else a day; local time.
std::vector<Span> spans(const Report& report) {
  if (report.hours.empty()) return {};
  const auto first = report.hours.begin()->first, last = report.hours.rbegin()->first;
  constexpr std::int64_t few = 72;
  const bool by_hour = last - first < few;
  const auto* format = by_hour ? "{:%Y-%m-%d %H:00}" : "{:%Y-%m-%d}";
  std::vector<Span> result;
  for (auto hour = first; hour <= last; ++hour) {
    auto name = local(format, facts::Time(std::chrono::hours(hour)));
    if (result.empty() || result.back().name != name) result.push_back({std::move(name), {}});
    const auto found = report.hours.find(hour);
    if (found == report.hours.end()) continue;
    auto& sum = result.back().numbers;
    sum.logins += found->second.logins;
    sum.blocked += found->second.blocked;
    sum.would_block += found->second.would_block;
    sum.undecided += found->second.undecided;
  }
  return result;
}

std::uint64_t refused(const Numbers& numbers) {
  return numbers.blocked + numbers.would_block;
}

class Page {
 public:
  explicit Page(const Report& report) : report_(report) {}
  std::string make();

 private:
  void head();
  void figures();
  void charts();
  void chart(const std::vector<Span>& spans, const char* title, const char* style,
             std::uint64_t (*value)(const Numbers&));
  void chart_numbers(const std::vector<Span>& spans);
  void clients();
  void users();
  void table(Group group, const char* id, const char* title, const char* what);
  void begin_table(const char* id, const std::string& title,
                   const std::vector<std::pair<const char*, bool>>& columns);
  void end_table() { text_ += "</tbody></table></section>\n"; }
  void cell(std::uint64_t number, const char* classes);
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }

  const Report& report_;
  std::string text_;
};

void Page::head() {
  add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "script-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>Mail logins and bad clients</title>\n<style>{}</style>\n</head>\n<body>\n",
      hash_source(page_style), hash_source(page_script), page_style);
  std::string sources;
  for (const auto& source : report_.sources) {
    sources += (sources.empty() ? "" : ", ") + escaped(source);
  }
  add("<header>\n<h1>Mail logins and bad clients</h1>\n<p>{} to {}</p>\n"
      "<p class=\"soft\">Made {} from {}.{}</p>\n",
      minute_of(report_.first), minute_of(report_.last), minute_of(report_.made), sources,
      report_.asked.pseudonyms ? " Names of users are pseudonyms." : "");
  const auto& asked = report_.asked;
  if (!asked.user.empty()) add("<p>Only logins of {}.</p>\n", escaped(asked.user));
  if (!asked.client.empty())
    add("<p>Only logins that rules of {} hit.</p>\n", escaped(asked.client));
  if (asked.refused) text_ += "<p>Only logins that were refused, or would have been.</p>\n";
  if (!asked.known.empty()) {
    add("<p>{} logins from networks in {} are in no table of networks.</p>\n",
        grouped(report_.known), escaped(asked.known));
  }
  if (report_.remembered) {
    add("<p><span class=\"new\">new</span> marks what no report remembered until {} had.</p>\n",
        minute_of(report_.remembered));
  }
  text_ += "</header>\n";
}

void Page::figures() {
  const auto& numbers = report_.numbers;
  const auto figure = [&](const char* name, std::uint64_t number, bool bad = false) {
    add("<div><dt>{}</dt><dd{}>{}</dd></div>\n", name,
        bad && number != 0 ? " class=\"refused\"" : "", grouped(number));
  };
  text_ += "<dl class=\"figures\">\n";
  figure("Logins", numbers.logins);
  figure("Users", report_.users);
  figure("Users hit by rules", report_.refused_users.size(), true);
  figure("Logins refused", numbers.blocked, true);
  figure("Would be refused", numbers.would_block);
  figure("Undecided", numbers.undecided);
  text_ += "</dl>\n";
}

void Page::chart(const std::vector<Span>& spans, const char* title, const char* style,
                 std::uint64_t (*value)(const Numbers&)) {
  std::uint64_t most = 0;
  for (const auto& span : spans) most = std::max(most, value(span.numbers));
  constexpr double height = 100;
  add("<figure><figcaption>{}, at most {}</figcaption>\n"
      "<svg viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" height=\"110\" role=\"img\" "
      "aria-label=\"{} over time; the numbers are in the table below\">\n",
      title, grouped(most), spans.size(), height + 1, title);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto number = value(spans[i].numbers);
    if (number == 0) continue;
    const auto size =
        std::max(1.0, height * static_cast<double>(number) / static_cast<double>(most));
    add("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"0.84\" height=\"{:.2f}\"><title>{}: "
        "{}"
        "</title></rect>\n",
        style, static_cast<double>(i) + 0.08, height - size, size, spans[i].name, grouped(number));
  }
  add("<line class=\"axis\" x1=\"0\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\"/></svg>\n"
      "<div class=\"scale\" aria-hidden=\"true\"><span>{2}</span><span>{3}</span></div></figure>\n",
      height + 0.5, spans.size(), spans.front().name, spans.back().name);
}

void Page::chart_numbers(const std::vector<Span>& spans) {
  text_ +=
      "<details><summary>The numbers</summary>\n<table><thead><tr><th scope=\"col\">Time</th>"
      "<th scope=\"col\">Logins</th><th scope=\"col\">Refused</th><th scope=\"col\">Would be</th>"
      "<th scope=\"col\">Undecided</th></tr></thead><tbody>\n";
  for (const auto& [name, numbers] : spans) {
    add("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", name,
        grouped(numbers.logins), grouped(numbers.blocked), grouped(numbers.would_block),
        grouped(numbers.undecided));
  }
  text_ += "</tbody></table></details>\n";
}

void Page::charts() {
  const auto over_time = spans(report_);
  if (over_time.empty()) return;
  text_ += "<section id=\"time\"><h2>Over time</h2>\n";
  chart(over_time, "Logins", "all", [](const Numbers& numbers) { return numbers.logins; });
  if (refused(report_.numbers) != 0) {
    chart(over_time, "Refused or would be", "bad", refused);
  }
  chart_numbers(over_time);
  text_ += "</section>\n";
}

void Page::clients() {
  const auto& rows = report_.table(Group::client);
  if (rows.empty()) return;
  std::uint64_t most = 1;
  for (const auto& row : rows) most = std::max(most, refused(row.numbers));
  text_ +=
      "<section id=\"by-client\"><h2>Refused by client</h2>\n<table class=\"bars\"><thead hidden>"
      "<tr><th scope=\"col\">Client</th><th scope=\"col\">Share</th><th "
      "scope=\"col\">Logins</th></tr>"
      "</thead><tbody>\n";
  constexpr std::size_t shown = 12;
  for (std::size_t i = 0; i < std::min(rows.size(), shown); ++i) {
    const auto number = refused(rows[i].numbers);
    add("<tr><td class=\"name\">{}</td><td class=\"bar\"><svg viewBox=\"0 0 100 10\" "
        "preserveAspectRatio=\"none\" height=\"16\" aria-hidden=\"true\"><rect class=\"bad\" "
        "width=\"{:.2f}\" height=\"10\"/></svg></td><td>{}</td></tr>\n",
        escaped(rows[i].name), 100.0 * static_cast<double>(number) / static_cast<double>(most),
        grouped(number));
  }
  text_ += "</tbody></table></section>\n";
}

void Page::begin_table(const char* id, const std::string& title,
                       const std::vector<std::pair<const char*, bool>>& columns) {
  add("<section id=\"{}\" data-table><h2>{}</h2>\n<table><thead><tr>", id, title);
  for (const auto& [name, wide] : columns) {
    add("<th scope=\"col\"{}>{}</th>", wide ? " class=\"wide\"" : "", name);
  }
  text_ += "</tr></thead><tbody>\n";
}

void Page::cell(std::uint64_t number, const char* classes) {
  add("<td data-value=\"{}\"{}>{}</td>", number,
      *classes == '\0' ? std::string() : fmt::format(" class=\"{}\"", classes), grouped(number));
}

void Page::users() {
  const auto& users = report_.refused_users;
  begin_table(
      "users", fmt::format("Refused users ({})", grouped(users.size())),
      {{"User", false}, {"Refused", false}, {"Would be", false}, {"Logins", true}, {"Last", true}});
  for (const auto& user : users) {
    std::string by;
    for (const auto& [reason, logins] : user.by) {
      by += fmt::format("{}{} ({})", by.empty() ? "" : ", ", escaped(reason), grouped(logins));
    }
    add("<tr><td>{}{}<small>{}</small></td>", escaped(user.name),
        user.is_new ? " <span class=\"new\">new</span>" : "", by);
    cell(user.numbers.blocked, user.numbers.blocked != 0 ? "refused" : "");
    cell(user.numbers.would_block, "");
    cell(user.numbers.logins, "wide");
    const auto seconds =
        user.last ? std::chrono::system_clock::to_time_t(*user.last) : std::time_t{0};
    add("<td class=\"wide\" data-value=\"{}\">{}</td></tr>\n", seconds, minute_of(user.last));
  }
  end_table();
}

void Page::table(Group group, const char* id, const char* title, const char* what) {
  const auto& rows = report_.table(group);
  if (rows.empty()) return;
  begin_table(
      id, fmt::format("{} ({})", title, grouped(rows.size())),
      {{what, false}, {"Users", false}, {"Logins", true}, {"Refused", false}, {"Would be", false}});
  for (const auto& row : rows) {
    add("<tr><td>{}{}", escaped(row.name), row.is_new ? " <span class=\"new\">new</span>" : "");
    if (!row.about.empty()) add("<small>{}</small>", escaped(row.about));
    text_ += "</td>";
    cell(row.users, "");
    cell(row.numbers.logins, "wide");
    cell(row.numbers.blocked, row.numbers.blocked != 0 ? "refused" : "");
    cell(row.numbers.would_block, "");
    text_ += "</tr>\n";
  }
  end_table();
}

std::string Page::make() {
  struct Part {
    Group group;
    const char *id, *title, *what;
  };
  constexpr std::array<Part, group_count> parts{
      {{Group::client, "clients", "Clients", "Client"},
       {Group::rule, "rules", "Rules", "Rule"},
       {Group::asn, "ases", "Autonomous systems", "AS"},
       {Group::country, "countries", "Countries", "Country"},
       {Group::network, "networks", "Networks", "Network"},
       {Group::domain, "domains", "Reverse domains", "Domain"},
       {Group::address, "addresses", "Addresses", "Address"}}};
  head();
  text_ += "<nav aria-label=\"Tables\"><ul>\n";
  if (!report_.refused_users.empty()) text_ += "<li><a href=\"#users\">Refused users</a></li>\n";
  for (const auto& [group, id, title, what] : parts) {
    if (!report_.table(group).empty()) add("<li><a href=\"#{}\">{}</a></li>\n", id, title);
  }
  text_ += "</ul></nav>\n<main>\n";
  figures();
  charts();
  clients();
  if (!report_.refused_users.empty()) users();
  for (const auto& [group, id, title, what] : parts) table(group, id, title, what);
  add("</main>\n<script>{}</script>\n</body>\n</html>\n", page_script);
  return std::move(text_);
}

}  // namespace

std::string as_html(const Report& report) {
  return Page(report).make();
}

}  // namespace badclients::admin::report
