#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin {

/// A command of badclientsctl, or a subcommand: `lint`, `clients list`.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< for --help: one line
  /// `arguments` are those behind the name. Returns the exit code.
  int (*run)(const std::vector<std::string>& arguments, const Context& context);
  /// Whether root works as the user as whom Dovecot runs badclients: what only looks at things
  /// does, and so sees what Dovecot's processes see. Not of subcommands.
  bool as_owner = false;
  /// Of a command that has some.
  std::span<const Command> (*subcommands)() = nullptr;
};

/// In the order of --help.
std::span<const Command> commands();

/// Null where there is none of that name.
const Command* find(std::span<const Command> commands, std::string_view name);

/// A line for each, for --help.
std::string list_of(std::span<const Command> commands);

/// "'chek' is no command (did you mean check?)"
std::string unknown(std::span<const Command> commands, std::string_view what,
                    const std::string& word);

int check(const std::vector<std::string>& arguments, const Context& context);
int complete(const std::vector<std::string>& arguments, const Context& context);
int show_config(const std::vector<std::string>& arguments, const Context& context);
int lint(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin
