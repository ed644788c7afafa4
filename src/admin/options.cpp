#include "admin/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>

#include "admin/terminal.hpp"
#include "base/text.hpp"
#include "config/nearest.hpp"

namespace badclients::admin {

namespace po = boost::program_options;

void Context::complain(const std::string& what) const {
  err << fmt::format("badclientsctl: {}\n", printable(what));
}

std::string version_text() {
  return "badclientsctl " BADCLIENTS_VERSION "\n";
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

namespace {

/// "check", "clients show": what the usage begins with.
std::string command_of(const CommandLine& line) {
  std::string_view rest = line.usage;
  std::string command;
  while (!rest.empty()) {
    const auto word = base::cut(rest, ' ');
    const bool name =
        std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (!name) break;
    if (!command.empty()) command += ' ';
    command += word;
  }
  return command;
}

/// "an ADDRESS", "a LIST"
std::string with_article(const std::string& name) {
  const auto noun = base::uppered(name);
  const bool vowel = std::string_view("AEIO").find(noun.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}

std::string long_name(const po::option_description& option) {
  return option.canonical_display_name(po::command_line_style::allow_long);
}

/// What --help calls the option's value; empty where it has none.
std::string value_name(const po::option_description& option) {
  if (option.semantic()->max_tokens() == 0) return {};
  return option.format_parameter();
}

void print_options(const po::options_description& options, std::ostream& out) {
  for (const auto& option : options.options()) {
    std::string help = option->description();
    std::ranges::replace(help, '\n', ' ');
    out << fmt::format("{}\t{}\t{}\n", long_name(*option), value_name(*option), help);
  }
}

/// What an option that there is not may be meant for.
std::string hint_at_option(const std::string& wrong, const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back(long_name(*option));
  config::Nearest nearest{wrong};
  for (const auto& name : names) nearest.offer(name);
  return nearest.hint();
}

/// What is wrong, in the words of who typed it.
class Wrong {
 public:
  Wrong(const CommandLine& line, const po::options_description& options)
      : line_(line), options_(options), command_(command_of(line)) {}

  /// `given`: how many arguments there are.
  [[nodiscard]] std::string missing(std::size_t given) const {
    return fmt::format("{} needs {}", command_, with_article(line_.positional.at(given)));
  }
  [[nodiscard]] std::string missing_rest() const {
    return fmt::format("{} needs {}", command_, with_article(line_.rest));
  }
  [[nodiscard]] std::string too_many() const {
    const auto& names = line_.positional;
    if (names.empty()) return fmt::format("{} takes no arguments, only options", command_);
    return fmt::format("{} takes one {}", command_, base::uppered(names.back()));
  }
  [[nodiscard]] std::string unknown(const std::string& option) const {
    return fmt::format("{} has no option {}{}", command_, option, hint_at_option(option, options_));
  }
  [[nodiscard]] std::string syntax(const po::invalid_command_line_syntax& error) const {
    using Kind = po::invalid_syntax;
    const auto option = error.get_option_name();
    if (error.kind() == Kind::extra_parameter) return fmt::format("{} takes no value", option);
    const bool missing =
        error.kind() == Kind::missing_parameter || error.kind() == Kind::empty_adjacent_parameter;
    return missing ? fmt::format("{} needs {}", option, with_article(value_of(option)))
                   : error.what();
  }

 private:
  [[nodiscard]] std::string value_of(const std::string& name) const {
    for (const auto& option : options_.options()) {
      if (long_name(*option) == name) return value_name(*option);
    }
    return "value";
  }

  const CommandLine& line_;
  const po::options_description& options_;
  std::string command_;
};

/// Throws what Boost.Program_options throws.
void parse(const std::vector<std::string>& arguments, const po::options_description& all,
           const po::positional_options_description& positional, po::variables_map& into) {
  // No guessing: an abbreviation that works today means something else once an option is added.
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(arguments)
                .options(all)
                .positional(positional)
                .style(static_cast<int>(style))
                .run(),
            into);
}

}  // namespace

tl::expected<Call, int> read(const CommandLine& line, const std::vector<std::string>& arguments,
                             const Context& context) {
  po::options_description shown("Options");
  for (const auto& option : line.options.options()) shown.add(option);
  shown.add_options()("help,h", "print this text")("version", "print the version");
  po::options_description all;
  all.add(shown);
  po::positional_options_description positional;
  for (const auto& name : line.positional) {
    all.add_options()(name.c_str(), po::value<std::string>());
    positional.add(name.c_str(), 1);
  }
  if (!line.rest.empty()) {
    all.add_options()(line.rest.c_str(), po::value<std::vector<std::string>>());
    positional.add(line.rest.c_str(), -1);
  }
  if (arguments.size() == 1 && arguments.front() == list_options) {
    print_options(shown, context.out);
    return tl::unexpected(exit_good);
  }

  const auto usage = fmt::format("Usage: badclientsctl [--config FILE] {}\n", line.usage);
  const Wrong words{line, shown};
  const auto wrong = [&](const std::string& what) {
    context.complain(what);
    context.err << usage;
    return tl::unexpected(exit_usage);
  };
  Call call{context, {}};
  try {
    parse(arguments, all, positional, call.values);
    if (call.has("help")) {
      context.out << usage << line.purpose << "\n\n" << shown;
      return tl::unexpected(exit_good);
    }
    if (call.has("version")) {
      context.out << version_text();
      return tl::unexpected(exit_good);
    }
    po::notify(call.values);
    for (std::size_t i = 0; i < line.positional.size(); ++i) {
      if (!call.has(line.positional[i].c_str())) return wrong(words.missing(i));
    }
    if (line.needs_rest && call.words(line.rest).empty()) return wrong(words.missing_rest());
  } catch (const po::too_many_positional_options_error&) {
    return wrong(words.too_many());
  } catch (const po::unknown_option& error) {
    return wrong(words.unknown(error.get_option_name()));
  } catch (const po::multiple_occurrences& error) {
    return wrong(fmt::format("{} is there twice", error.get_option_name()));
  } catch (const po::invalid_command_line_syntax& error) {
    return wrong(words.syntax(error));
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
