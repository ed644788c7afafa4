#include "admin/command.hpp"

#include "admin/update/command.hpp"

namespace badclients::admin {

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      {"check", "what is known about an address, which rules match, what a login would get", true,
       check},
      {"lint", "find every fault in the configuration, the lists and their surroundings", true,
       lint},
      {"cache", "what is remembered of the network, and how often registries were asked", true,
       cache},
      {"clients", "block mail apps that log in from their vendor's servers", false, clients},
      {"update", "fetch published address ranges into lists", false, update::run},
  };
  return table;
}

}  // namespace badclients::admin
