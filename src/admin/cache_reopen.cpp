#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "config/nearest.hpp"

namespace badclients::admin::cache_command {

namespace {

using budget::ServerState;
using nlohmann::ordered_json;

/// Whether any of these servers has the name; else a complaint.
bool is_known(const std::vector<ServerState>& states, const std::string& name,
              const Context& context) {
  config::Nearest nearest{name};
  for (const auto& state : states) {
    if (state.server.name == name) return true;
    nearest.offer(state.server.name);
  }
  context.complain(
      fmt::format("cache reopen: there is no server '{}'{}; 'badclientsctl cache "
                  "servers' shows all",
                  name, nearest.hint()));
  return false;
}

ordered_json as_json(const std::string& name, const std::vector<ServerState>& closed) {
  ordered_json json{{"server", name}, {"reopened", ordered_json::array()}};
  for (const auto& state : closed) {
    json["reopened"].push_back({{"service", config::to_string(state.server.service)},
                                {"until", timestamp(state.closed->until)},
                                {"reason", state.closed->reason}});
  }
  return json;
}

}  // namespace

int reopen(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache reopen SERVER [OPTION]...",
                   "Lets a server be asked again that said it was asked too much, or that did not\n"
                   "answer, before its time is over. Its budget holds all the same.",
                   {"server"}};
  line.flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto name = call->text("server");
  budget::Servers memory{call->config.general.state_path, call->config.budget, context.now};
  const auto states = memory.list();
  if (!states) return call->cannot(states.error());
  if (!is_known(*states, name, context)) return exit_usage;
  auto closed = *states;
  std::erase_if(
      closed, [&](const ServerState& state) { return state.server.name != name || !state.closed; });
  if (const auto done = memory.reopen(name); !done) return call->cannot(done.error());
  if (call->has("json")) {
    context.out << json_text(as_json(name, closed));
    return exit_good;
  }
  for (const auto& state : closed) {
    context.out << fmt::format("{} {}: was closed until {}: {}\n", printable(name),
                               config::to_string(state.server.service),
                               timestamp(state.closed->until), printable(state.closed->reason));
  }
  if (closed.empty()) context.out << printable(name) << ": was not closed\n";
  return exit_good;
}

}  // namespace badclients::admin::cache_command
