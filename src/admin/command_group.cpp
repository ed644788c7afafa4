#include "admin/command_group.hpp"

#include <fmt/format.h>

#include <ostream>

#include "admin/terminal.hpp"

namespace badclients::admin {

namespace {

std::string usage(const CommandGroup& group) {
  return fmt::format("Usage: badclientsctl [--config FILE] {} SUBCOMMAND [ARGUMENT]...\n",
                     group.name);
}

void print_help(const CommandGroup& group, const Context& context) {
  context.out << usage(group) << group.purpose << "\n\nSubcommands\n";
  for (const auto& each : group.subcommands) {
    context.out << fmt::format("  {:<8} {}\n", each.name, each.summary);
  }
  context.out << fmt::format("\n'badclientsctl {} SUBCOMMAND --help' tells more about one.\n",
                             group.name);
}

}  // namespace

int run(const CommandGroup& group, const std::vector<std::string>& arguments,
        const Context& context) {
  if (!arguments.empty()) {
    const auto& word = arguments.front();
    if (word == "--help" || word == "-h") {
      print_help(group, context);
      return exit_good;
    }
    for (const auto& each : group.subcommands) {
      if (each.name == word) return each.run({arguments.begin() + 1, arguments.end()}, context);
    }
    context.err << fmt::format("badclientsctl: {}: unknown subcommand '{}'\n", group.name,
                               printable(word));
  } else {
    context.err << fmt::format("badclientsctl: {}: no subcommand\n", group.name);
  }
  context.err << usage(group)
              << fmt::format("'badclientsctl {} --help' lists the subcommands.\n", group.name);
  return exit_usage;
}

}  // namespace badclients::admin
