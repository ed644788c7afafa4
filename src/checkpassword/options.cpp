#include "checkpassword/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <string_view>

namespace badclients::checkpassword {

namespace {

namespace po = boost::program_options;

po::options_description known_options() {
  const auto config = fmt::format("the configuration file (default: {})", config::default_path);
  po::options_description known("Options");
  auto add = known.add_options();
  add("config", po::value<std::string>()->value_name("FILE"), config.c_str());
  add("help", "print this text");
  add("version", "print name and version");
  return known;
}

/// How many of the arguments are ours.
std::size_t own_arguments(std::span<const char* const> arguments) {
  std::size_t i = 0;
  while (i < arguments.size()) {
    const std::string_view argument = arguments[i];
    if (argument == "--" || argument == "-" || !argument.starts_with('-')) break;
    i += argument == "--config" ? 2 : 1;
  }
  return std::min(i, arguments.size());
}

}  // namespace

tl::expected<Options, std::string> read_options(std::span<const char* const> arguments) {
  const auto own = arguments.first(own_arguments(arguments));
  auto program = arguments.subspan(own.size());
  if (!program.empty() && program.front() == std::string_view("--")) program = program.subspan(1);

  po::variables_map values;
  try {
    // No guessing: an abbreviation that works today means something else once an option is added.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(std::vector<std::string>(own.begin(), own.end()))
                  .options(known_options())
                  .style(style)
                  .run(),
              values);
  } catch (const po::error& error) {
    return tl::unexpected(std::string(error.what()));
  }
  Options options;
  if (values.count("config") != 0) options.config = values["config"].as<std::string>();
  options.help = values.count("help") != 0;
  options.version = values.count("version") != 0;
  options.program.assign(program.begin(), program.end());
  return options;
}

std::string help_text() {
  std::ostringstream text;
  text << "Usage: badclients [--config FILE] [--] [PROGRAM [ARG...]]\n\n"
          "Dovecot's passdb driver checkpassword runs this program for each login; see\n"
          "badclients(8). To try it in a shell:\n\n"
          "  printf 'alice\\0secret\\0\\0' |\n"
          "    SERVICE=imap TCPREMOTEIP=52.97.246.245 badclients 3<&0; echo $?\n\n"
       << known_options();
  return text.str();
}

}  // namespace badclients::checkpassword
