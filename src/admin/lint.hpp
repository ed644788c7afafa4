#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/problem.hpp"
#include "lists/rulebook.hpp"

/// What `badclientsctl lint` looks at. Each check is a function of plain values and the file
/// system, and returns what it found.
namespace badclients::admin {

using Problems = std::vector<config::Problem>;

/// Everything lint found, and what it looked at.
struct Findings {
  Problems problems;  ///< in the order of looking: configuration, surroundings, lists
  std::size_t lists = 0, entries = 0, clients = 0, client_rules = 0;

  [[nodiscard]] std::size_t count(config::Problem::Severity severity) const;
};

/// All of the below for one configuration file.
Findings find_faults(const std::string& config_path);

/// "FILE:LINE: error: TEXT" a line, then "12 lists, 340 entries, 2 errors, 1 warning".
std::string as_text(const Findings& findings);

/// What the configuration names outside of itself: list_path, state_path, helper, databases, log.
/// `config_file` is the file that problems name.
Problems check_surroundings(const config::Config& config, const std::string& config_file);

/// Whether a login can map the compiled lists, and the GeoIP databases beside them. Where a list is
/// longer than can be compiled, nothing else is to be looked at in the lists.
Problems check_length(const config::Config& config, const std::string& config_file);

/// Whether users get the texts that are there for them, and what that may do.
Problems check_texts(const config::Config& config, const std::string& config_file,
                     const lists::RuleBook& book);

/// Settings that are valid, and hardly what was meant.
Problems check_settings(const config::Config& config, const std::string& config_file);

/// Folders below list_path that nobody reads, though there are lists or client files in them.
Problems check_folders(const config::Config& config);

/// What reading the lists alone cannot find: entries whose facts are switched off, that lie in
/// ignore_networks, that stand there twice; patterns that match something else than they seem to.
Problems check_rules(const lists::RuleBook& book, const config::Config& config);

/// What is to be said about one value that a field is compared with.
struct Doubt {
  config::Problem::Severity severity;  ///< error: it can never match
  std::string text;
};
using Doubts = std::vector<Doubt>;

/// Whether a value that reading has accepted can never match, or matches something else than it
/// seems to. `value` is canonical; a negated clause of a client rule is an allow entry.
Doubts doubts_about(lists::Field field, lists::Action action, std::string_view value);
/// The part of it for patterns and literals.
Doubts doubts_about_text(lists::Field field, lists::Action action, std::string_view entry);
/// The part of it for entries that let in, or refuse, far more logins than they seem to.
Doubts doubts_about_reach(lists::Field field, lists::Action action, std::string_view value);
/// The same for a client rule; empty where there is nothing to say.
std::string doubt_about_reach(const lists::ClientRule& rule);

/// A rule that another one makes useless: a deny entry of what is allowed, an entry that stands
/// there twice, a client rule that excludes what it wants.
struct Conflict {
  config::Problem::Severity severity;
  lists::Where where;
  std::string text;
};
std::vector<Conflict> find_conflicts(const lists::RuleBook& book);

/// What is probably wrong with a Lua pattern, as a half-sentence; empty where nothing is. Knows
/// those habits from shell globs and regular expressions that reading the list does not.
std::string doubtful(std::string_view pattern);

}  // namespace badclients::admin
