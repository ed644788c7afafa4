#include <nlohmann/json.hpp>

#include "admin/report/report.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::report {

namespace {

using nlohmann::ordered_json;

void add(ordered_json& json, const Numbers& numbers) {
  json["logins"] = numbers.logins;
  json["blocked"] = numbers.blocked;
  json["would_block"] = numbers.would_block;
  json["tempfail"] = numbers.undecided;
}

ordered_json user_json(const RefusedUser& user) {
  ordered_json json;
  json["user"] = user.name;
  add(json, user.numbers);
  json["last"] = or_null(user.last);
  json["by"] = ordered_json::array();
  for (const auto& [reason, logins] : user.by) {
    json["by"].push_back({{"reason", reason}, {"logins", logins}});
  }
  json["new"] = user.is_new;
  return json;
}

ordered_json row_json(Group group, const Row& row) {
  ordered_json json;
  json[std::string(name(group))] = row.name;
  if (group == Group::asn) json["as_desc"] = or_null(row.about);
  if (group == Group::address) json["host"] = or_null(row.about);
  json["users"] = row.users;
  add(json, row.numbers);
  json["new"] = row.is_new;
  return json;
}

ordered_json asked_json(const Asked& asked) {
  ordered_json json;
  json["since"] = or_null(asked.since);
  json["until"] = or_null(asked.until);
  json["user"] = or_null(asked.user);
  json["client"] = or_null(asked.client);
  json["refused"] = asked.refused;
  json["known"] = or_null(asked.known);
  json["pseudonyms"] = asked.pseudonyms;
  return json;
}

}  // namespace

ordered_json as_json(const Report& report) {
  ordered_json json;
  json["made"] = timestamp(report.made);
  json["asked"] = asked_json(report.asked);
  json["sources"] = report.sources;
  json["first"] = or_null(report.first);
  json["last"] = or_null(report.last);
  json["remembered"] = or_null(report.remembered);
  add(json, report.numbers);
  json["users"] = report.users;
  json["known_logins"] = report.known;
  json["untimed_logins"] = report.untimed;
  json["refused_users"] = ordered_json::array();
  for (const auto& user : report.refused_users) json["refused_users"].push_back(user_json(user));
  for (std::size_t i = 0; i < group_count; ++i) {
    const auto group = static_cast<Group>(i);
    if (group == Group::address && !report.asked.addresses) continue;
    const auto key = "by_" + std::string(name(group));
    json[key] = ordered_json::array();
    for (const auto& row : report.table(group)) json[key].push_back(row_json(group, row));
  }
  json["by_hour"] = ordered_json::array();
  for (const auto& [hour, numbers] : report.hours) {
    ordered_json one;
    one["time"] = timestamp(facts::Time(std::chrono::hours(hour)));
    add(one, numbers);
    json["by_hour"].push_back(std::move(one));
  }
  return json;
}

}  // namespace badclients::admin::report
