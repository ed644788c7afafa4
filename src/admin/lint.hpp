#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/problem.hpp"
#include "lists/index.hpp"
#include "lists/rulebook.hpp"

/// `badclientsctl lint`. All checks look at one reading of the configuration and the lists, made by
/// the parsers that a login uses. A check finds one kind of fault, and says what to write instead.
namespace badclients::admin {

using Severity = config::Problem::Severity;

/// Everything lint found, and what it looked at.
struct Findings {
  std::vector<config::Problem> problems;  ///< configuration, what it names, then lists by file
  std::size_t lists = 0, entries = 0, clients = 0, client_rules = 0;

  [[nodiscard]] std::size_t count(Severity severity) const;
};

/// What registry data may tell logins: registry.db has it, or the next update brings it. One that
/// cannot be read may have all.
struct RegistryData {
  bool is_there = false;       ///< registry.db
  bool routes = false;         ///< origin ASes
  bool registrations = false;  ///< of some registry
  bool ripes = false;          ///< registrations of RIPE's space
};
RegistryData registry_data(const config::Config& config);

/// The address space of a login's process.
struct Room {
  std::string service = "auth";  ///< of Dovecot's
  std::uint64_t bytes = lists::address_space;
  bool is_default = true;  ///< nobody has asked Dovecot
};
/// The smallest that Dovecot gives, as doveconf(1) says; its default where that says nothing of
/// badclients. Nothing: there is no limit.
std::optional<Room> room_of_login();

/// All checks for one configuration file; those of `room` where there is any.
Findings find_faults(const std::string& config_path, const std::optional<Room>& room);

/// "FILE:LINE: error: TEXT" a line, then "12 lists, 340 entries, 2 errors, 1 warning".
std::string as_text(const Findings& findings);

/// badclientsctl(8), "JSON of lint"
nlohmann::ordered_json as_json(const Findings& findings);

/// What the checks look at, and where they put what they find.
struct Lint {
  const std::string& config_file;
  const config::Config& config;
  const std::optional<Room>& room;
  RegistryData registry = {};
  lists::RuleBook book = {};
  std::vector<config::Problem> problems = {};

  /// Of a file of the book.
  [[nodiscard]] std::string path(const std::string& file) const;
  /// About a setting, or what it names.
  void say(Severity severity, std::string text) {
    problems.push_back({severity, config_file, 0, std::move(text)});
  }
  /// About a line of a list or client file.
  void say(Severity severity, lists::Where where, std::string text);
};

/// Settings that are valid and probably not what was meant.
void check_settings(Lint& lint);
/// Whether users get the texts that are there for them, and what that may do.
void check_texts(Lint& lint);
/// What the configuration names: list_path, state_path, helper, databases, log, shared cache.
void check_surroundings(Lint& lint);
/// Lists and client files that every user may write to.
void check_open_files(Lint& lint);
/// About a file or folder that may not be read: by whom, and what to do.
std::string hint_at_rights(const config::Problem& problem, bool holds_passwords = false);
/// Whether a login can map the compiled lists, and the GeoIP databases beside them, in its room.
/// False: the lists cannot be compiled, so there is nothing else to look at.
bool check_length(Lint& lint);
/// Bytes of address space that a login maps: the index of the lists and the GeoIP databases. Throws
/// where the lists cannot be compiled.
std::uintmax_t mapped_by_login(const config::Config& config);
/// Entries and rules, each for itself.
void check_rules(Lint& lint);
/// Entries and rules that registry data cannot answer.
void check_registry_data(Lint& lint);
/// Entries and rules that other rules make useless.
void check_conflicts(Lint& lint);
/// Folders below list_path that nobody reads, with lists or client files in them.
void check_folders(Lint& lint);

/// One value that a rule compares a field with, and what there is to say about it. Its reader has
/// accepted it: checks find what can never match, or matches something else than it seems to.
struct Value {
  lists::Field field;
  lists::Action action;   ///< of a clause that exempts: allow
  std::string_view text;  ///< canonical, as in lists::Entry
  std::vector<std::pair<Severity, std::string>> doubts = {};

  void say(Severity severity, std::string what) { doubts.emplace_back(severity, std::move(what)); }
  /// "'TEXT': WHAT"
  void warn(std::string_view what);
  void note(std::string_view what);
  /// "'TEXT' never matches: WHY"
  void never(std::string_view why);
};

/// Of any field.
void check_value(Value& value);

/// Whether it is wider than any operator's: an IPv4 /7, an IPv6 /11.
bool is_too_wide(const net::Network& network);

}  // namespace badclients::admin
