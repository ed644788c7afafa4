// badclientsctl: the administrator's tool. Options and wiring; the work is in admin/.

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "admin/command.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "config/config.hpp"

namespace {

using namespace badclients;

constexpr std::string_view usage = "Usage: badclientsctl [--config FILE] COMMAND [ARGUMENT]...\n";

void print_help() {
  std::cout << usage << "The administrator's tool for badclients(8).\n\nCommands\n"
            << admin::list_of(admin::commands());
  std::cout << fmt::format(
      "\nOptions\n"
      "  --config FILE  instead of {}\n"
      "  -h, --help     print this text; after a command, that command's\n"
      "  --version      print the version\n",
      config::default_path);
}

int wrong_usage(const std::string& what) {
  std::cerr << fmt::format("badclientsctl: {}\n{}", admin::printable(what), usage)
            << "'badclientsctl --help' lists the commands.\n";
  return admin::exit_usage;
}

struct Invocation {
  std::string config_path{config::default_path};
  const admin::Command* command = nullptr;
  bool help = false;  ///< "help COMMAND": as "COMMAND --help"
  std::vector<std::string> arguments;
};

/// --config before or behind the command's name; everything else behind it is the command's.
/// Returns an exit code where there is nothing left to run.
std::optional<int> read(std::vector<std::string> words, Invocation& invocation) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == "--") {
      invocation.arguments.insert(invocation.arguments.end(), word, words.end());
      break;
    }
    if (*word == "--config") {
      if (++word == words.end()) return wrong_usage("--config needs a FILE");
      invocation.config_path = *word;
    } else if (word->starts_with("--config=")) {
      invocation.config_path = word->substr(std::string_view("--config=").size());
    } else if (invocation.command != nullptr) {
      invocation.arguments.push_back(*word);
    } else if (*word == "help") {
      invocation.help = true;
    } else if (*word == "--help" || *word == "-h") {
      print_help();
      return admin::exit_good;
    } else if (*word == "--version") {
      std::cout << admin::version_text();
      return admin::exit_good;
    } else if (word->starts_with("-")) {
      return wrong_usage(fmt::format("there is no option {} before a command", *word));
    } else {
      invocation.command = admin::find(admin::commands(), *word);
      if (invocation.command == nullptr) {
        return wrong_usage(admin::unknown(admin::commands(), "command", *word));
      }
    }
  }
  if (invocation.help) invocation.arguments.emplace_back("--help");
  if (invocation.help && invocation.command == nullptr) {
    print_help();
    return admin::exit_good;
  }
  if (invocation.command == nullptr) return wrong_usage("which COMMAND?");
  return std::nullopt;
}

int run(const Invocation& invocation) {
  const admin::Context context{invocation.config_path, std::chrono::system_clock::now, std::cout,
                               std::cerr};
  // A file that cannot be read is the command's to report.
  const auto loaded = config::load(invocation.config_path);
  if (loaded && invocation.command->as_owner) {
    const auto done =
        admin::become_dovecots_user(loaded->config.general.state_path, invocation.config_path);
    if (!done) {
      context.complain(done.error());
      return admin::exit_cannot_decide;
    }
  }
  return invocation.command->run(invocation.arguments, context);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // what cannot be written is an error and not the end
  try {
    Invocation invocation;
    if (const auto code = read({argv + 1, argv + argc}, invocation)) return *code;
    const auto code = run(invocation);
    std::cout.flush();
    return std::cout ? code : admin::exit_cannot_decide;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("badclientsctl: {}\n", admin::printable(error.what()));
    return admin::exit_cannot_decide;
  }
}
