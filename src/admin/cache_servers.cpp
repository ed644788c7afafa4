#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::cache_command {

namespace {

using nlohmann::ordered_json;
using std::chrono::seconds;

std::string_view state_of(const budget::ServerState& state) {
  if (state.closed) return "closed";
  return state.full_until ? "used_up" : "open";
}

/// "7 of 8 in 1m, 200 of 500 in 1d"
std::string asked(const budget::ServerState& state) {
  std::string text;
  for (const auto& [limit, count] : state.used) {
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", count, limit.str());
  }
  return text.empty() ? "no limit" : text;
}

std::string until(facts::Time time, facts::Time now) {
  const auto left = std::chrono::ceil<seconds>(time - now);
  return fmt::format("until {} ({})", timestamp(time), about(left));
}

/// "; 1624 networks wait, the last until ..."
std::string waiting(const budget::ServerState& state, facts::Time now) {
  if (!state.last_asked_by) return {};
  const auto when = until(*state.last_asked_by, now);
  if (state.waiting == 1) return fmt::format("; 1 network waits {}", when);
  return fmt::format("; {} networks wait, the last {}", state.waiting, when);
}

std::string stands(const budget::ServerState& state, facts::Time now) {
  if (state.closed) {
    return fmt::format("closed {}: {}", until(state.closed->until, now),
                       printable(state.closed->reason));
  }
  return state.full_until ? fmt::format("used up {}", until(*state.full_until, now)) : "open";
}

std::string in_words(const budget::ServerState& state, facts::Time now) {
  return stands(state, now) + waiting(state, now);
}

std::string ago(facts::Time time, facts::Time now) {
  return about(std::chrono::duration_cast<seconds>(now - time)) + " ago";
}

}  // namespace

std::string servers_text(const std::vector<budget::ServerState>& states, facts::Time now) {
  std::vector<std::vector<std::string>> rows{{"SERVER", "BY", "ASKED", "LAST", "STATE"}};
  for (const auto& state : states) {
    const auto last = state.asked_last ? ago(*state.asked_last, now) : "-";
    rows.push_back({printable(state.server.name),
                    std::string{config::to_string(state.server.service)}, asked(state), last,
                    in_words(state, now)});
  }
  return table(rows);
}

std::string silences_text(const std::vector<budget::Silence>& silences, facts::Time now) {
  if (silences.empty()) return {};
  std::vector<std::vector<std::string>> rows{{"SILENT", "FOR", "SINCE", "STATE"}};
  for (const auto& silence : silences) {
    rows.push_back({silence.source.name, counted(silence.logins, "login", "logins"),
                    ago(silence.since, now),
                    silence.is_known() ? fmt::format("waited for {} ms at most, until it answers",
                                                     budget::patience_with_silent.count())
                                       : "waited for"});
  }
  return "\n" + table(rows);
}

std::string missed_text(const budget::MissedSums& sums, facts::Time now) {
  if (sums.logins == 0) return {};
  std::vector<std::vector<std::string>> rows{{"MISSED", "LOGINS"}};
  for (const auto& [fact, logins] : sums.facts) {
    rows.push_back({printable(fact), std::to_string(logins)});
  }
  for (const auto& [list, logins] : sums.lists) {
    rows.push_back({printable(list) + ", not compared", std::to_string(logins)});
  }
  return fmt::format("\n{} since {} that the log does not tell of yet\n",
                     counted(sums.logins, "login", "logins"), ago(sums.since, now)) +
         table(rows);
}

ordered_json missed_json(const budget::MissedSums& sums) {
  return {{"logins", sums.logins},
          {"since", or_null(sums.logins == 0 ? std::nullopt : std::optional(sums.since))},
          {"facts", sums.facts},
          {"lists_not_compared", sums.lists}};
}

ordered_json silences_json(const std::vector<budget::Silence>& silences) {
  auto all = ordered_json::array();
  for (const auto& silence : silences) {
    all.push_back(
        {{"source", silence.source.name},
         {"logins", silence.logins},
         {"since", timestamp(silence.since)},
         {"waited_for_ms", silence.is_known() ? ordered_json(budget::patience_with_silent.count())
                                              : ordered_json(nullptr)}});
  }
  return all;
}

ordered_json servers_json(const std::vector<budget::ServerState>& states) {
  auto servers = ordered_json::array();
  for (const auto& state : states) {
    ordered_json server;
    server["server"] = state.server.name;
    server["service"] = config::to_string(state.server.service);
    server["state"] = state_of(state);
    server["limits"] = ordered_json::array();
    for (const auto& [limit, count] : state.used) {
      server["limits"].push_back({{"limit", limit.str()}, {"asked", count}, {"most", limit.count}});
    }
    server["asked_last"] = or_null(state.asked_last);
    const auto& closed = state.closed;
    server["since"] = or_null(closed ? std::optional(closed->since) : std::nullopt);
    server["until"] = or_null(closed ? closed->until : state.full_until);
    server["reason"] = closed ? ordered_json(closed->reason) : ordered_json(nullptr);
    server["waiting"] = state.waiting;
    server["last_asked_by"] = or_null(state.last_asked_by);
    servers.push_back(std::move(server));
  }
  return {{"servers", std::move(servers)}};
}

int servers(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache servers [OPTION]...",
                   "Shows how often each server was asked within its limits, whether it may be\n"
                   "asked now, and what it said where it wants to be left alone."};
  line.flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto& state_path = call->config.general.state_path;
  budget::Servers memory{state_path, call->config.budget, context.now};
  const auto states = memory.list();
  if (!states) return call->cannot(states.error());
  const auto silences = memory.silences();
  const auto untold = budget::MissedLog{state_path, context.now}.untold();
  if (!untold) return call->cannot(untold.error());
  if (call->has("json")) {
    auto json = servers_json(*states);
    json["silent"] = silences_json(silences);
    json["logins_without_facts"] = missed_json(*untold);
    context.out << json_text(json);
  } else {
    context.out << servers_text(*states, context.now()) << silences_text(silences, context.now())
                << missed_text(*untold, context.now());
  }
  return exit_good;
}

}  // namespace badclients::admin::cache_command
