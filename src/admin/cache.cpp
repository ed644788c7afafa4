#include "admin/cache.hpp"

#include <array>

#include "admin/command.hpp"
#include "admin/command_group.hpp"

namespace badclients::admin {

int cache(const std::vector<std::string>& arguments, const Context& context) {
  static constexpr std::array<Subcommand, 2> subcommands{{
      {"clear", "forget what was learnt, or only what could not be had", cache_command::clear},
      {"servers", "how often each registry was asked, and which want to be left alone",
       cache_command::servers},
  }};
  return run({"cache", "Shows and clears what is remembered of the network.", subcommands},
             arguments, context);
}

}  // namespace badclients::admin
