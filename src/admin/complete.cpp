// badclientsctl complete: what a shell offers where the administrator presses TAB.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <sstream>

#include "admin/clients.hpp"
#include "admin/command.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "base/text.hpp"
#include "budget/server_name.hpp"
#include "config/effective.hpp"

namespace badclients::admin {

namespace {

using Words = std::vector<std::string>;

/// The shell knows files better.
constexpr std::string_view files = ":files\n";

/// What can be told of a word that is being typed.
class Offer {
 public:
  Offer(const Context& context, std::string begun) : context_(context), begun_(std::move(begun)) {}

  void one(std::string_view word, std::string_view about = {}) const {
    if (!word.starts_with(begun_)) return;
    context_.out << printable(word);
    if (!about.empty()) context_.out << '\t' << printable(about);
    context_.out << '\n';
  }
  void files_of_the_shell() const { context_.out << files; }
  [[nodiscard]] const std::string& begun() const { return begun_; }

 private:
  const Context& context_;
  std::string begun_;
};

/// One line of --list-options.
struct Option {
  std::string name, value, about;
};

std::vector<Option> options_of(const Command& command, const Context& context) {
  std::ostringstream listed, nowhere;
  const Context aside{context.config_path, context.now, listed, nowhere};
  command.run({std::string(list_options)}, aside);
  std::vector<Option> options;
  std::istringstream lines(listed.str());
  for (std::string line; std::getline(lines, line);) {
    std::string_view rest = line;
    const std::string name{base::cut(rest, '\t')}, value{base::cut(rest, '\t')};
    options.push_back({name, value, std::string(rest)});
  }
  return options;
}

/// What the words so far come to.
struct Place {
  const Command* command = nullptr;  ///< nothing: no command yet
  std::string path;                  ///< "clients enable"
  Words behind;                      ///< words behind the command
  bool of_config = false;            ///< the word is the FILE of --config
  std::string config_path{};         ///< which FILE that was; empty: not given
};

Place place_of(const Words& words) {
  Place place;
  auto commands = admin::commands();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--config") {
      place.of_config = ++i == words.size();
      if (!place.of_config) place.config_path = words[i];
      continue;
    }
    const bool leaf = place.command != nullptr && place.command->subcommands == nullptr;
    if (leaf) {
      place.behind.push_back(word);
    } else if (const auto* found = find(commands, word)) {
      place.command = found;
      place.path += (place.path.empty() ? "" : " ") + word;
      if (found->subcommands != nullptr) commands = found->subcommands();
    }
  }
  return place;
}

/// Of a catalogue and of the administrator.
void offer_clients(const Offer& offer, const Place& place, const Context& context) {
  std::ostringstream nowhere;
  const Context aside{context.config_path, context.now, nowhere, nowhere};
  Words arguments;
  const auto catalogue = std::ranges::find(place.behind, "--catalogue");
  if (catalogue != place.behind.end() && catalogue + 1 != place.behind.end()) {
    arguments = {*catalogue, *(catalogue + 1)};
  }
  const auto call = clients_command::begin_clients({}, arguments, aside);
  if (!call) return;
  const bool enabled_only = place.path == "clients disable";
  for (const auto& file : clients_command::inventory(*call).clients) {
    if (enabled_only && !file.enabled && !file.broken) continue;
    offer.one(file.client.id, file.client.name);
  }
}

void offer_lists(const Offer& offer, const Context& context) {
  const auto loaded = config::load(context.config_path);
  if (!loaded) return;
  for (const auto& update : loaded->config.update) offer.one(update.list, update.source);
}

void offer_keys(const Offer& offer, const Context& context) {
  for (const auto& key : config::effective({}, context.config_path)) {
    if (!key.from_original) offer.one(fmt::format("{}/{}", key.section, key.name));
  }
}

void offer_value(const Offer& offer, const Option& option, const Place& place,
                 const Context& context) {
  const auto offer_all = [&](const auto& words) {
    for (const auto* word : words) offer.one(word);
  };
  if (option.name == "--service") {
    return offer_all(std::array{"imap", "pop3", "submission", "smtp", "sieve"});
  }
  if (option.name == "--door") return offer_all(std::array{"policy", "checkpassword"});
  if (option.name == "--client") return offer_clients(offer, place, context);
  if (option.name == "--to") return offer_lists(offer, context);
  constexpr std::array<std::string_view, 3> paths{"FILE", "DIR", "FOLDER"};
  if (std::ranges::find(paths, option.value) != paths.end()) offer.files_of_the_shell();
}

void offer_argument(const Offer& offer, const Place& place, const Context& context) {
  if (place.path == "clients show" || place.path == "clients enable" ||
      place.path == "clients disable") {
    offer_clients(offer, place, context);
  } else if (place.path == "update") {
    offer_lists(offer, context);
  } else if (place.path == "config") {
    offer_keys(offer, context);
  } else if (place.path == "cache reopen") {
    for (const auto& server : budget::configured_servers) offer.one(server.name);
  }
}

void offer_common(const Offer& offer) {
  offer.one("--config", "FILE: instead of the default");
  offer.one("--help", "print a summary");
  offer.one("--version", "print the version");
}

void offer_commands(const Offer& offer, std::span<const Command> commands) {
  if (offer.begun().starts_with('-')) return offer_common(offer);
  for (const auto& command : commands) offer.one(command.name, command.summary);
}

void offer_of_leaf(const Offer& offer, const Place& place, const Context& context) {
  const auto options = options_of(*place.command, context);
  const auto last = place.behind.empty() ? std::string() : place.behind.back();
  const auto before = std::ranges::find(options, last, &Option::name);
  if (before != options.end() && !before->value.empty()) {
    return offer_value(offer, *before, place, context);
  }
  if (!offer.begun().starts_with('-')) return offer_argument(offer, place, context);
  for (const auto& option : options) offer.one(option.name, option.about);
  offer.one("--config", "FILE: instead of the default");
}

}  // namespace

int complete(const Words& arguments, const Context& given) {
  auto words = arguments;
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  if (!words.empty() && (words.front() == "--help" || words.front() == "-h")) {
    given.out << "Usage: badclientsctl [--config FILE] complete -- [WORD]...\n"
                 "Prints what the last WORD may become, for the completion of shells.\n";
    return exit_good;
  }
  auto begun = words.empty() ? std::string() : std::move(words.back());
  if (!words.empty()) words.pop_back();
  const auto place = place_of(words);
  const Context context{place.config_path.empty() ? given.config_path : place.config_path,
                        given.now, given.out, given.err};
  const Offer offer{context, std::move(begun)};
  if (place.of_config) {
    offer.files_of_the_shell();
  } else if (place.command == nullptr) {
    offer_commands(offer, commands());
  } else if (place.command->subcommands != nullptr) {
    offer_commands(offer, place.command->subcommands());
  } else {
    offer_of_leaf(offer, place, context);
  }
  return exit_good;
}

}  // namespace badclients::admin
