#include "admin/options.hpp"

#include <fmt/format.h>

#include <ostream>

#include "admin/terminal.hpp"

namespace badclients::admin {

namespace po = boost::program_options;

tl::expected<po::variables_map, int> read(const CommandLine& line,
                                          const std::vector<std::string>& arguments,
                                          const Context& context) {
  po::options_description shown("Options");
  for (const auto& option : line.options.options()) shown.add(option);
  shown.add_options()("help", "print this text");
  po::options_description all;
  all.add(shown);
  po::positional_options_description positional;
  for (const auto& name : line.positional) {
    all.add_options()(name.c_str(), po::value<std::string>()->required());
    positional.add(name.c_str(), 1);
  }
  if (!line.rest.empty()) {
    all.add_options()(line.rest.c_str(), po::value<std::vector<std::string>>());
    positional.add(line.rest.c_str(), -1);
  }

  po::variables_map values;
  try {
    // No guessing: an abbreviation that works today means something else once an option is added.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(positional)
                  .style(static_cast<int>(style))
                  .run(),
              values);
    if (values.count("help") != 0) {
      context.out << fmt::format("Usage: badclientsctl [--config FILE] {}\n{}\n\n", line.usage,
                                 line.purpose)
                  << shown;
      return tl::unexpected(exit_good);
    }
    po::notify(values);
  } catch (const po::required_option&) {
    context.err << fmt::format(
        "badclientsctl: an argument is missing\n"
        "Usage: badclientsctl [--config FILE] {}\n",
        line.usage);
    return tl::unexpected(exit_usage);
  } catch (const po::too_many_positional_options_error&) {
    context.err << fmt::format(
        "badclientsctl: too many arguments\n"
        "Usage: badclientsctl [--config FILE] {}\n",
        line.usage);
    return tl::unexpected(exit_usage);
  } catch (const po::error& error) {
    context.err << fmt::format("badclientsctl: {}\nUsage: badclientsctl [--config FILE] {}\n",
                               printable(error.what()), line.usage);
    return tl::unexpected(exit_usage);
  }
  return values;
}

}  // namespace badclients::admin
