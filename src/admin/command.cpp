#include "admin/command.hpp"

namespace badclients::admin {

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      {"check", "what is known about an address, which rules match, what a login would get", true,
       check},
      {"lint", "find every fault in the configuration, the lists and their surroundings", true,
       lint},
      {"clients", "block mail apps that log in from their vendor's servers", false, clients},
  };
  return table;
}

}  // namespace badclients::admin
