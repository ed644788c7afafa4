#include "admin/report/counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "admin/client_files.hpp"
#include "admin/report/groups.hpp"

namespace badclients::admin::report {

namespace {

constexpr std::uint32_t nowhere = ~std::uint32_t{0};

std::int64_t hour_of(facts::Time time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

/// By its name or ID.
bool is_of_client(const logs::Login& login, std::string_view client) {
  return login.client == client || id_in_rule(login.rule) == client;
}

}  // namespace

std::string_view name(Group group) {
  constexpr std::array<std::string_view, group_count> names{
      "client", "rule", "asn", "country", "network", "domain", "address"};
  return names.at(static_cast<std::size_t>(group));
}

std::uint32_t Names::number(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.push_back(&numbers_.emplace(name, number).first->first);
  return number;
}

void Pairs::tidy() {
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  limit_ = std::max(least, 2 * pairs_.size());
}

std::vector<std::uint64_t> Pairs::users(std::size_t rows) {
  tidy();
  std::vector<std::uint64_t> counts(rows);
  for (const auto pair : pairs_) ++counts.at(pair >> 32U);
  return counts;
}

Counter::Counter(Asked asked, const Known& known) : known_(known) {
  report_.asked = std::move(asked);
}

bool Counter::asked_for(const logs::Login& login) const {
  const auto& asked = report_.asked;
  if (!asked.user.empty() && login.user != asked.user) return false;
  if (!asked.client.empty() && !is_of_client(login, asked.client)) return false;
  return !asked.refused || speaks_against(login.outcome);
}

void Counter::add(const logs::Login& login) {
  if (!asked_for(login)) return;
  const auto outcome = login.outcome;
  const auto user = users_.number(login.user);
  if (user == by_user_.size()) by_user_.emplace_back();
  by_user_[user].numbers.count(outcome);
  report_.numbers.count(outcome);
  if (login.time) {
    report_.hours[hour_of(*login.time)].count(outcome);
    if (!report_.first || *login.time < *report_.first) report_.first = *login.time;
    if (!report_.last || *login.time > *report_.last) report_.last = *login.time;
  } else {
    ++report_.untimed;
  }
  if (speaks_against(outcome)) count_refusal(login, user);
  if (known_.holds(login)) {
    ++report_.known;
    return;
  }
  count(Group::asn, as_of(login), login.as_desc, user, outcome);
  count(Group::country, country_of(login), {}, user, outcome);
  count(Group::network, network_of(login), {}, user, outcome);
  count(Group::domain, domain_of(login), {}, user, outcome);
  if (report_.asked.addresses) count(Group::address, login.ip, login.host, user, outcome);
}

void Counter::count_refusal(const logs::Login& login, std::uint32_t user) {
  auto& own = by_user_[user];
  if (login.time && (!own.last_refused || *login.time > *own.last_refused)) {
    own.last_refused = login.time;
  }
  ++own.reasons[reasons_.number(reason_of(login, !report_.asked.pseudonyms))];
  count(Group::client, login.client, {}, user, login.outcome);
  count(Group::rule, login.rule.empty() ? login.matched : login.rule, {}, user, login.outcome);
}

void Counter::count(Group group, std::string_view name, std::string_view about, std::uint32_t user,
                    logs::Outcome outcome) {
  if (name.empty()) return;
  auto& table = tables_.at(static_cast<std::size_t>(group));
  const auto number = table.names.number(name);
  if (number == table.rows.size()) table.rows.emplace_back();
  auto& row = table.rows[number];
  row.numbers.count(outcome);
  if (row.about.empty()) row.about = about;
  if (user >= table.last_row.size()) table.last_row.resize(by_user_.size(), nowhere);
  if (std::exchange(table.last_row[user], number) != number) table.pairs.add(number, user);
}

std::vector<RefusedUser> Counter::refused_users() {
  std::vector<RefusedUser> refused;
  for (std::size_t i = 0; i < by_user_.size(); ++i) {
    const auto& user = by_user_[i];
    if (user.reasons.empty()) continue;
    RefusedUser one{users_.name(i), user.numbers, {}, user.last_refused};
    for (const auto& [reason, logins] : user.reasons) {
      one.by.emplace_back(reasons_.name(reason), logins);
    }
    std::sort(one.by.begin(), one.by.end(), [](const auto& a, const auto& b) {
      return std::tie(b.second, a.first) < std::tie(a.second, b.first);
    });
    refused.push_back(std::move(one));
  }
  std::sort(refused.begin(), refused.end(), [](const RefusedUser& a, const RefusedUser& b) {
    return std::tuple(b.numbers.blocked + b.numbers.would_block, std::string_view(a.name)) <
           std::tuple(a.numbers.blocked + a.numbers.would_block, std::string_view(b.name));
  });
  return refused;
}

Report Counter::finish() {
  report_.users = users_.size();
  report_.refused_users = refused_users();
  for (std::size_t i = 0; i < group_count; ++i) {
    auto& table = tables_.at(i);
    const auto users = table.pairs.users(table.rows.size());
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      table.rows[row].name = table.names.name(row);
      table.rows[row].users = users[row];
    }
    std::sort(table.rows.begin(), table.rows.end(), [](const Row& a, const Row& b) {
      const auto refused = [](const Row& row) {
        return row.numbers.blocked + row.numbers.would_block;
      };
      return std::tuple(refused(b), b.users, b.numbers.logins, std::string_view(a.name)) <
             std::tuple(refused(a), a.users, a.numbers.logins, std::string_view(b.name));
    });
    report_.tables.at(i) = std::move(table.rows);
  }
  return std::move(report_);
}

}  // namespace badclients::admin::report
