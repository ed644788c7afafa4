#include <fmt/format.h>

#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "cache/upkeep.hpp"
#include "config/config.hpp"

namespace badclients::admin::cache_command {

namespace {

CommandLine command_line() {
  CommandLine line{"cache clear [OPTION]...",
                   "Forgets what was learnt from the network: logins ask for it anew.",
                   boost::program_options::options_description(),
                   {}};
  line.options.add_options()("failures", "forget only what could not be had");
  return line;
}

}  // namespace

int clear(const std::vector<std::string>& arguments, const Context& context) {
  const auto values = read(command_line(), arguments, context);
  if (!values) return values.error();
  const auto cannot = [&](const std::string& why) {
    context.err << fmt::format("badclientsctl: {}\n", printable(why));
    return exit_cannot_decide;
  };
  const auto loaded = config::load(context.config_path);
  if (!loaded) return cannot(loaded.error());
  const bool failures = values->count("failures") != 0;
  const auto cleared = cache::clear(loaded->config.general.state_path,
                                    failures ? cache::Clear::failures : cache::Clear::everything);
  if (!cleared) return cannot(cleared.error());
  budget::Servers memory{loaded->config.general.state_path, loaded->config.budget, context.now};
  if (const auto forgot = memory.forget_silences(); !forgot) return cannot(forgot.error());
  const auto* const what = failures ? "failure" : "entry";
  const auto* const many = failures ? "failures" : "entries";
  context.out << fmt::format("{} {} forgotten\n", *cleared, *cleared == 1 ? what : many);
  return exit_good;
}

}  // namespace badclients::admin::cache_command
