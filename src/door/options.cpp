#include "door/options.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace badclients::door {

namespace {

/// "--config=FILE": FILE; nothing where `argument` is something else.
std::optional<std::string_view> behind_equals(std::string_view argument, std::string_view option) {
  if (!argument.starts_with(option)) return std::nullopt;
  argument.remove_prefix(option.size());
  if (!argument.starts_with('=')) return std::nullopt;
  return argument.substr(1);
}

/// Reads the option that `arguments` begins with; returns how many arguments it takes. Takes no
/// abbreviations: one that works today means something else once an option is added.
tl::expected<std::size_t, std::string> read_option(std::span<const char* const> arguments,
                                                   Options& options) {
  const std::string_view argument = arguments.front();
  if (argument == "--config") {
    if (arguments.size() < 2) return tl::unexpected(std::string("--config needs a FILE"));
    options.config = arguments[1];
    return 2;
  }
  if (const auto file = behind_equals(argument, "--config")) {
    options.config = *file;
  } else if (argument == "--background") {
    options.background = true;
  } else if (argument == "--help" || argument == "-h") {
    options.help = true;
  } else if (argument == "--version") {
    options.version = true;
  } else {
    return tl::unexpected(fmt::format("there is no option {} (--help lists them)", argument));
  }
  return 1;
}

}  // namespace

tl::expected<Options, std::string> read_options(std::span<const char* const> arguments) {
  Options options;
  while (!arguments.empty()) {
    const std::string_view argument = arguments.front();
    if (argument == "--") arguments = arguments.subspan(1);
    if (argument == "--" || argument == "-" || !argument.starts_with('-')) break;
    const auto taken = read_option(arguments, options);
    if (!taken) return tl::unexpected(taken.error());
    arguments = arguments.subspan(*taken);
  }
  options.rest.assign(arguments.begin(), arguments.end());
  return options;
}

}  // namespace badclients::door
