#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin {

struct Subcommand {
  std::string_view name;
  std::string_view summary;  ///< for --help: one line
  /// `arguments` are those behind the subcommand's name. Returns the exit code.
  int (*run)(const std::vector<std::string>& arguments, const Context& context);
};

/// A command that is a group of others: `clients list`, `cache servers`.
struct CommandGroup {
  std::string_view name;
  std::string_view purpose;  ///< a sentence for --help
  std::span<const Subcommand> subcommands;
};

/// Runs the subcommand that the first of `arguments` names, or prints the group's --help. Returns
/// the exit code.
int run(const CommandGroup& group, const std::vector<std::string>& arguments,
        const Context& context);

}  // namespace badclients::admin
