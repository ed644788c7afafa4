#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "cache/upkeep.hpp"

namespace badclients::admin::cache_command {

int prune(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache prune [OPTION]...",
                   "Deletes what has expired and will never serve again, and what is beyond\n"
                   "cache/max_entries. Logins have it done once in an hour."};
  line.flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto pruned =
      cache::prune(call->config.general.state_path, call->config.cache, context.now());
  if (!pruned) return call->cannot(pruned.error());
  if (call->has("json")) {
    context.out << json_text(
        {{"expired", pruned->expired}, {"evicted", pruned->evicted}, {"left", pruned->left}});
  } else {
    context.out << fmt::format("{} had expired, {} too many; {} left\n",
                               counted(pruned->expired, "entry", "entries"), pruned->evicted,
                               pruned->left);
  }
  return exit_good;
}

}  // namespace badclients::admin::cache_command
