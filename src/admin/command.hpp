#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin {

struct Command {
  std::string_view name;
  std::string_view summary;  ///< for --help: one line
  /// Whether it works as the user who owns state_path where root has started it: what only looks at
  /// things does, and so sees what Dovecot's processes see.
  bool as_owner;
  /// `arguments` are those behind the command's name. Returns the exit code.
  int (*run)(const std::vector<std::string>& arguments, const Context& context);
};

/// In the order of --help.
const std::vector<Command>& commands();

int check(const std::vector<std::string>& arguments, const Context& context);
int cache(const std::vector<std::string>& arguments, const Context& context);
int clients(const std::vector<std::string>& arguments, const Context& context);
int lint(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin
