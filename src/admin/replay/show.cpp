#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "admin/replay/replay.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::replay {

namespace {

using nlohmann::ordered_json;
using Table = std::map<std::string, Hits>;

/// The most logins first.
std::vector<Table::const_pointer> sorted(const Table& table) {
  std::vector<Table::const_pointer> rows;
  for (const auto& row : table) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::tie(b->second.logins, a->first) < std::tie(a->second.logins, b->first);
  });
  return rows;
}

std::string client_of(const Result& result, const std::string& rule) {
  const auto found = result.client_of_rule.find(rule);
  return found == result.client_of_rule.end() ? std::string() : found->second;
}

std::string rules_text(const Result& result) {
  std::vector<std::vector<std::string>> rows{{"RULE", "LOGINS", "USERS", "REFUSED THEN", ""}};
  for (const auto* row : sorted(result.by_rule)) {
    rows.push_back({printable(row->first), std::to_string(row->second.logins),
                    std::to_string(row->second.others.size()),
                    std::to_string(row->second.refused_then),
                    printable(client_of(result, row->first))});
  }
  return table(rows, "  ");
}

std::string users_text(const Result& result, std::size_t top) {
  std::vector<std::vector<std::string>> rows{{"USER", "LOGINS", "REFUSED THEN", "BY"}};
  const auto users = sorted(result.by_user);
  const auto shown = top == 0 ? users.size() : std::min(users.size(), top);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [user, hits] = *users[i];
    rows.push_back({printable(user), std::to_string(hits.logins), std::to_string(hits.refused_then),
                    printable(fmt::format("{}", fmt::join(hits.others, ", ")))});
  }
  auto text = table(rows, "  ");
  if (shown < users.size()) {
    text += fmt::format("  ... and {} more (--top 0 shows all)\n", users.size() - shown);
  }
  return text;
}

std::string untold_text(const std::map<std::string, Untold>& untold) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [list, one] : untold) {
    rows.push_back(
        {list, counted(one.logins, "login", "logins"), counted(one.users.size(), "user", "users")});
  }
  return table(rows, "  ");
}

ordered_json hits_json(const char* key, const char* others, const std::string& name,
                       const Hits& hits) {
  ordered_json json;
  json[key] = name;
  json["logins"] = hits.logins;
  json["blocked_then"] = hits.refused_then;
  json[others] = hits.others;
  return json;
}

ordered_json untold_json(const std::map<std::string, Untold>& untold) {
  auto json = ordered_json::array();
  for (const auto& [list, one] : untold) {
    json.push_back({{"list", list}, {"logins", one.logins}, {"users", one.users}});
  }
  return json;
}

}  // namespace

std::string as_text(const Result& result, std::size_t top) {
  auto text = fmt::format("{} in {}\n", counted(result.logins, "login", "logins"),
                          printable(fmt::format("{}", fmt::join(result.sources, ", "))));
  text += fmt::format("{}: {} would be refused, of {}\n", printable(result.rules), result.hit,
                      counted(result.users.size(), "user", "users"));
  if (result.undecided != 0) {
    text += fmt::format("{} would end undecided (general/on_error)\n", result.undecided);
  }
  if (result.hit != 0) {
    text += "\nBy rule\n" + rules_text(result) + "\nBy user\n" + users_text(result, top);
  }
  if (!result.may_be_hit.empty()) {
    text += "\nThe log does not say what these look at; they may hit more\n" +
            untold_text(result.may_be_hit);
  }
  if (!result.may_be_let_in.empty()) {
    text += "\nThe log does not say what these look at; they may let in some of those\n" +
            untold_text(result.may_be_let_in);
  }
  return text;
}

ordered_json as_json(const Result& result) {
  ordered_json json;
  json["rules"] = result.rules;
  json["sources"] = result.sources;
  json["first"] = or_null(result.first);
  json["last"] = or_null(result.last);
  json["logins"] = result.logins;
  json["hit"] = result.hit;
  json["tempfail"] = result.undecided;
  json["users_hit"] = result.users.size();
  json["by_rule"] = ordered_json::array();
  for (const auto* row : sorted(result.by_rule)) {
    auto one = hits_json("rule", "users", row->first, row->second);
    const auto client = client_of(result, row->first);
    one["client"] = or_null(client);
    json["by_rule"].push_back(std::move(one));
  }
  json["by_user"] = ordered_json::array();
  for (const auto* row : sorted(result.by_user)) {
    json["by_user"].push_back(hits_json("user", "rules", row->first, row->second));
  }
  json["may_be_hit"] = untold_json(result.may_be_hit);
  json["may_be_let_in"] = untold_json(result.may_be_let_in);
  return json;
}

}  // namespace badclients::admin::replay
