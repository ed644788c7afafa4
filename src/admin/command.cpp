#include "admin/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/clients.hpp"
#include "admin/doctor/command.hpp"
#include "admin/metrics/command.hpp"
#include "admin/notify/command.hpp"
#include "admin/registry/command.hpp"
#include "admin/replay/command.hpp"
#include "admin/report/command.hpp"
#include "admin/setup/command.hpp"
#include "admin/terminal.hpp"
#include "admin/update/command.hpp"
#include "admin/why/command.hpp"
#include "config/nearest.hpp"

namespace badclients::admin {

namespace {

using Arguments = std::vector<std::string>;

/// Runs the subcommand that the first of `arguments` names, or prints the --help of `name`.
int run_one_of(std::span<const Command> subcommands, std::string_view name,
               std::string_view purpose, const Arguments& arguments, const Context& context) {
  const auto usage =
      fmt::format("Usage: badclientsctl [--config FILE] {} SUBCOMMAND [ARGUMENT]...\n", name);
  const auto word = arguments.empty() ? std::string() : arguments.front();
  if (word == "--help" || word == "-h") {
    context.out << fmt::format(
        "{}{}\n\nSubcommands\n{}\n'badclientsctl {} SUBCOMMAND --help' tells more about one.\n",
        usage, purpose, list_of(subcommands), name);
    return exit_good;
  }
  if (word == "--version") {
    context.out << version_text();
    return exit_good;
  }
  if (const auto* command = find(subcommands, word)) {
    return command->run({arguments.begin() + 1, arguments.end()}, context);
  }
  const auto what = fmt::format("subcommand of {}", name);
  context.complain(arguments.empty() ? fmt::format("{} needs a SUBCOMMAND", name)
                                     : unknown(subcommands, what, word));
  context.err << usage << fmt::format("'badclientsctl {} --help' lists the subcommands.\n", name);
  return exit_usage;
}

constexpr std::array<Command, 6> cache_commands{{
    {"stats", "how much is remembered, and how much of it still serves", cache_command::stats},
    {"show", "what is remembered, of all or of an address, a network or an AS",
     cache_command::show},
    {"prune", "delete what will never serve again", cache_command::prune},
    {"clear", "forget what was learnt, or only what could not be had", cache_command::clear},
    {"servers", "how often each registry was asked, and which want to be left alone",
     cache_command::servers},
    {"reopen", "let a server be asked again that wanted to be left alone", cache_command::reopen},
}};

std::span<const Command> subcommands_of_cache() {
  return cache_commands;
}

int cache(const Arguments& arguments, const Context& context) {
  return run_one_of(cache_commands, "cache", "Shows and clears what is remembered of the network.",
                    arguments, context);
}

constexpr std::array<Command, 5> clients_commands{{
    {"list", "every client: whether it is enabled, and how many logins it hit",
     clients_command::list},
    {"show", "what is known about a client, and its rules", clients_command::show},
    {"enable", "refuse the logins of clients, or watch them with --monitor",
     clients_command::enable},
    {"disable", "undo that", clients_command::disable},
    {"test", "which clients a login from an address would be taken for", clients_command::test},
}};

int clients(const Arguments& arguments, const Context& context) {
  return run_one_of(clients_commands, "clients",
                    "Blocks mail apps and services that log in from their vendor's servers.",
                    arguments, context);
}

std::span<const Command> subcommands_of_clients() {
  return clients_commands;
}

constexpr std::array<Command, 3> registry_commands{{
    {"update", "fetch what registries publish in bulk, and compile it", registry_command::update},
    {"status", "what is there, how old it is, and how many logins it would serve",
     registry_command::status},
    {"show", "what is known of an address without asking anybody", registry_command::show},
}};

int registry(const Arguments& arguments, const Context& context) {
  return run_one_of(registry_commands, "registry",
                    "Registry data held locally, so that logins ask nobody for it.", arguments,
                    context);
}

std::span<const Command> subcommands_of_registry() {
  return registry_commands;
}

/// In the order of use, as --help shows them.
constexpr auto all = std::to_array<Command>({
    {"setup", "connect badclients with the Dovecot of this host, or take that back", setup::run},
    {"doctor", "is it wired right, and can it work? for monitoring, too", doctor::run},
    {"clients", "block mail apps that log in from their vendor's servers", clients, false,
     subcommands_of_clients},
    {"why", "what became of a login of the log, and why", why::run},
    {"report", "who logged in from where, and what refused whom, as the log tells", report::run},
    {"check", "what is known about an address, which rules match, what a login would get", check,
     true},
    {"lint", "find every fault in the configuration, the lists and their surroundings", lint, true},
    {"replay", "which logins of the log rules would refuse that are not in force yet", replay::run},
    {"notify", "tell each user of a bad client once, by mail", notify::run},
    {"config", "what is in force for each key of the configuration", show_config, true},
    {"update", "fetch published address ranges into lists", update::run},
    {"registry", "registry data held locally, so that logins ask nobody", registry, false,
     subcommands_of_registry},
    {"cache", "what is remembered of the network, and how often registries were asked", cache, true,
     subcommands_of_cache},
    {"metrics", "count the logins of the log, for Prometheus", metrics::run},
    {"complete", "what a word may become: for the completion of shells", complete},
});

}  // namespace

std::span<const Command> commands() {
  return all;
}

const Command* find(std::span<const Command> commands, std::string_view name) {
  const auto found = std::ranges::find(commands, name, &Command::name);
  return found == commands.end() ? nullptr : &*found;
}

std::string unknown(std::span<const Command> commands, std::string_view what,
                    const std::string& word) {
  config::Nearest nearest{word};
  for (const auto& each : commands) nearest.offer(each.name);
  return fmt::format("'{}' is no {}{}", word, what, nearest.hint());
}

std::string list_of(std::span<const Command> commands) {
  std::string text;
  for (const auto& each : commands) text += fmt::format("  {:<8} {}\n", each.name, each.summary);
  return text;
}

}  // namespace badclients::admin
