#include "admin/metrics/counters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace badclients::admin::metrics {

namespace {

using nlohmann::ordered_json;
using Table = std::map<std::vector<std::string>, std::uint64_t>;

/// "entity:MAIL-RU" -> "entity"
std::string list_of(const logs::Login& login) {
  const auto list = login.matched.substr(0, login.matched.find_first_of(": "));
  return list.empty() ? "none" : list;
}

Family family_of(const char* name, const char* help, const std::vector<std::string>& labels,
                 const Table& table) {
  Family family{name, "counter", help};
  for (const auto& [values, number] : table) {
    auto& sample = family.samples.emplace_back();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      sample.labels.emplace_back(labels[i], values.at(i));
    }
    sample.value = static_cast<double>(number);
  }
  return family;
}

Family single(const char* name, std::string_view type, const char* help, double value) {
  return {name, type, help, {{"", {}, value}}};
}

}  // namespace

void Counters::count(Table& table, std::vector<std::string> labels) {
  if (table.size() >= most_rows && !table.contains(labels)) labels.front() = "others";
  ++table[std::move(labels)];
}

void Counters::add(const logs::Login& login) {
  const std::string outcome{to_string(login.outcome)};
  count(logins_, {std::string(to_string(login.door)), outcome});
  const bool hit = speaks_against(login.outcome);
  if (hit && !login.client.empty()) count(client_hits_, {login.client, outcome});
  if (hit) count(list_hits_, {list_of(login), outcome});
  if (!login.facts.empty()) count(lookups_, {login.facts});
  if (!login.error.empty()) ++errors_;
  if (login.time) {
    const auto since =
        std::chrono::duration_cast<std::chrono::seconds>(login.time->time_since_epoch());
    last_ = std::max<std::int64_t>(last_, since.count());
  }
  if (!login.took) return;
  const auto took = login.took->count();
  ++timed_;
  microseconds_ += static_cast<std::uint64_t>(took);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), took) - bounds.begin();
  const auto number = static_cast<std::size_t>(bucket);
  if (number < buckets_.size()) ++buckets_.at(number);
}

std::vector<Family> Counters::families() const {
  std::vector<Family> all;
  all.push_back(family_of("badclients_logins_total",
                          "Logins that badclients decided about, by door and outcome.",
                          {"door", "outcome"}, logins_));
  all.push_back(family_of("badclients_client_hits_total",
                          "Logins that a bad client's rules refused, or would have.",
                          {"client", "outcome"}, client_hits_));
  all.push_back(family_of("badclients_list_hits_total",
                          "Logins that were refused, or would have been, by what matched.",
                          {"list", "outcome"}, list_hits_));
  all.push_back(family_of("badclients_lookups_total",
                          "Logins by how their facts of the network were come by.", {"outcome"},
                          lookups_));
  all.push_back(single("badclients_login_errors_total", "counter",
                       "Logins whose line tells of an error.", static_cast<double>(errors_)));
  Family took{"badclients_login_duration_seconds", "histogram", "How long decisions took."};
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += buckets_.at(i);
    constexpr double million = 1e6;
    took.samples.push_back(
        {"_bucket",
         {{"le", fmt::format("{}", static_cast<double>(bounds.at(i)) / million)}},
         static_cast<double>(below)});
  }
  took.samples.push_back({"_bucket", {{"le", "+Inf"}}, static_cast<double>(timed_)});
  constexpr double million = 1e6;
  took.samples.push_back({"_sum", {}, static_cast<double>(microseconds_) / million});
  took.samples.push_back({"_count", {}, static_cast<double>(timed_)});
  all.push_back(std::move(took));
  if (last_ != 0) {
    all.push_back(single("badclients_last_login_timestamp_seconds", "gauge",
                         "When the last login in the log was.", static_cast<double>(last_)));
  }
  return all;
}

ordered_json Counters::json() const {
  const auto rows = [](const Table& table) {
    auto list = ordered_json::array();
    for (const auto& [labels, number] : table) list.push_back({labels, number});
    return list;
  };
  return {{"logins", rows(logins_)},
          {"client_hits", rows(client_hits_)},
          {"list_hits", rows(list_hits_)},
          {"lookups", rows(lookups_)},
          {"buckets", buckets_},
          {"timed", timed_},
          {"microseconds", microseconds_},
          {"errors", errors_},
          {"last", last_}};
}

Counters Counters::from(const ordered_json& json) {
  Counters counters;
  const auto read = [&](const char* name, Table& table, std::size_t labels) {
    for (const auto& row : json.at(name)) {
      auto values = row.at(0).get<std::vector<std::string>>();
      values.resize(labels);
      table[std::move(values)] = row.at(1).get<std::uint64_t>();
    }
  };
  read("logins", counters.logins_, 2);
  read("client_hits", counters.client_hits_, 2);
  read("list_hits", counters.list_hits_, 2);
  read("lookups", counters.lookups_, 1);
  json.at("buckets").get_to(counters.buckets_);
  json.at("timed").get_to(counters.timed_);
  json.at("microseconds").get_to(counters.microseconds_);
  json.at("errors").get_to(counters.errors_);
  json.at("last").get_to(counters.last_);
  return counters;
}

}  // namespace badclients::admin::metrics
