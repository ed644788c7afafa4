#include "admin/options.hpp"

#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "admin/terminal.hpp"

namespace badclients::admin {

namespace po = boost::program_options;

void Context::complain(const std::string& what) const {
  err << fmt::format("badclientsctl: {}\n", printable(what));
}

CommandLine& CommandLine::flag(const char* name, const char* help) {
  options.add_options()(name, help);
  return *this;
}

CommandLine& CommandLine::value(const char* name, const char* value, const char* help) {
  options.add_options()(name, po::value<std::string>()->value_name(value), help);
  return *this;
}

std::string Call::text(const char* name) const {
  return has(name) ? values[name].as<std::string>() : std::string();
}

std::vector<std::string> Call::words(const std::string& name) const {
  using Words = std::vector<std::string>;
  return has(name.c_str()) ? values[name].as<Words>() : Words{};
}

bool Call::load() {
  auto loaded = config::load(context.config_path);
  if (!loaded) {
    context.complain(loaded.error().str());
    return false;
  }
  config = std::move(loaded->config);
  problems = std::move(loaded->problems);
  return true;
}

std::vector<std::string> Call::errors() const {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    if (problem.severity == config::Problem::Severity::error) texts.push_back(problem.str());
  }
  return texts;
}

int Call::cannot(const std::string& why) const {
  context.complain(why);
  return exit_cannot_decide;
}

tl::expected<Call, int> read(const CommandLine& line, const std::vector<std::string>& arguments,
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

  const auto usage = fmt::format("Usage: badclientsctl [--config FILE] {}\n", line.usage);
  const auto wrong = [&](const std::string& what) {
    context.complain(what);
    context.err << usage;
    return tl::unexpected(exit_usage);
  };
  Call call{context, {}};
  try {
    // No guessing: an abbreviation that works today means something else once an option is added.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(positional)
                  .style(static_cast<int>(style))
                  .run(),
              call.values);
    if (call.has("help")) {
      context.out << usage << line.purpose << "\n\n" << shown;
      return tl::unexpected(exit_good);
    }
    po::notify(call.values);
  } catch (const po::required_option&) {
    return wrong("an argument is missing");
  } catch (const po::too_many_positional_options_error&) {
    return wrong("too many arguments");
  } catch (const po::error& error) {
    return wrong(error.what());
  }
  return call;
}

tl::expected<Call, int> begin(const CommandLine& line, const std::vector<std::string>& arguments,
                              const Context& context) {
  auto call = read(line, arguments, context);
  if (call && !call->load()) return tl::unexpected(exit_cannot_decide);
  return call;
}

}  // namespace badclients::admin
