#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "cache/upkeep.hpp"

namespace badclients::admin::cache_command {

int clear(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache clear [OPTION]...",
                   "Forgets what was learnt from the network: logins ask for it anew."};
  line.flag("failures", "forget only what could not be had").flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto& state_path = call->config.general.state_path;
  const bool failures = call->has("failures");
  const auto cleared =
      cache::clear(state_path, failures ? cache::Clear::failures : cache::Clear::everything);
  if (!cleared) return call->cannot(cleared.error());
  budget::Servers memory{state_path, call->config.budget, context.now};
  if (const auto forgot = memory.forget_silences(); !forgot) return call->cannot(forgot.error());
  if (call->has("json")) {
    context.out << json_text({{"forgotten", *cleared}});
    return exit_good;
  }
  context.out << (failures ? counted(*cleared, "failure", "failures")
                           : counted(*cleared, "entry", "entries"))
              << " forgotten\n";
  return exit_good;
}

}  // namespace badclients::admin::cache_command
