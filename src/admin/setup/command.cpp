#include "admin/setup/command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "admin/options.hpp"
#include "admin/setup/site.hpp"
#include "admin/terminal.hpp"
#include "base/number.hpp"

namespace badclients::admin::setup {

namespace {

CommandLine command_line() {
  CommandLine line{
      "setup [OPTION]...",
      "Connects badclients with the Dovecot of this host: makes its folders, lists,\n"
      "configuration and secret where they are missing, one file of its own in\n"
      "Dovecot's conf.d, has Dovecot check and reload it, and tries it. What is there\n"
      "already stays as it is. May be repeated."};
  line.flag("dry-run", "only say what would be done")
      .flag("json", "with --dry-run: print one JSON object")
      .flag("undo", "remove what setup has made, and nothing else")
      .value(
          "door", "policy|checkpassword",
          "how Dovecot asks badclients: policy, unless you say otherwise; it needs Dovecot 2.3.8")
      .value("port", "PORT", "the port of the policy door on 127.0.0.1 instead of 4001");
  return line;
}

/// Error: what is wrong.
tl::expected<void, std::string> take(const Call& call, Site& site) {
  site.pretend = call.has("dry-run");
  site.json = call.has("json");
  if (site.json && !site.pretend) return tl::unexpected(std::string("--json needs --dry-run"));
  const auto door = call.has("door") ? call.text("door") : "policy";
  if (door != "policy" && door != "checkpassword") {
    return tl::unexpected(fmt::format("--door: '{}' is neither policy nor checkpassword", door));
  }
  site.door = door == "policy" ? Door::policy : Door::checkpassword;
  if (!call.has("port")) return {};
  const auto port = base::number<unsigned>(call.text("port"));
  constexpr unsigned last_port = 65535;
  if (!port || *port == 0 || *port > last_port) {
    return tl::unexpected(
        fmt::format("--port: '{}' is no number from 1 to {}", call.text("port"), last_port));
  }
  site.port = *port;
  return {};
}

/// Of the configuration. Whether one is an error.
bool tell_problems(const Call& call) {
  for (const auto& problem : call.problems) {
    if (problem.severity != config::Problem::Severity::note) {
      call.context.complain("setup: " + problem.str());
    }
  }
  return !call.errors().empty();
}

/// badclientsctl(8), "JSON of setup"
nlohmann::ordered_json as_json(const Site& site, bool is_undo) {
  auto steps = nlohmann::ordered_json::array();
  bool would_change = false;
  for (const auto& [verb, path, why] : site.steps) {
    would_change |= verb.starts_with("would ");
    auto step = verb;
    std::ranges::replace(step, ' ', '_');
    steps.push_back({{"step", step}, {"path", or_null(path)}, {"why", or_null(why)}});
  }
  const bool is_policy = site.door == Door::policy;
  return {{"undo", is_undo},
          {"door", is_undo ? or_null("") : or_null(is_policy ? "policy" : "checkpassword")},
          {"would_change", would_change},
          {"steps", std::move(steps)},
          {"to_do", or_null(site.left_to_do)},
          {"error", or_null(site.error)}};
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& given) {
  // Dovecot's processes are in another folder.
  const Context context{std::filesystem::absolute(given.config_path).lexically_normal().string(),
                        given.now, given.out, given.err};
  auto call = read(command_line(), arguments, context);
  if (!call) return call.error();
  Site site{context};
  if (const auto good = take(*call, site); !good) {
    context.complain("setup: " + good.error());
    return exit_usage;
  }
  if (geteuid() != 0) {
    return call->cannot("setup: only root can do this: it changes what Dovecot reads in /etc");
  }
  site.config_path = context.config_path;
  if (std::filesystem::exists(site.config_path) && !call->load()) return exit_cannot_decide;
  if (tell_problems(*call) && !call->has("undo")) {
    // A state_path or list_path that was not understood would be made elsewhere.
    context.complain("setup: nothing is done while the configuration has errors");
    return exit_bad;
  }
  site.config = call->config;
  auto record = Record::read(site.own_folder());
  if (!record) return call->cannot("setup: " + record.error());
  site.record = std::move(*record);
  umask(0);  // each mode is what it says
  const int code = call->has("undo") ? undo(site) : set_up(site);
  if (site.json) context.out << json_text(as_json(site, call->has("undo")));
  return code;
}

}  // namespace badclients::admin::setup
