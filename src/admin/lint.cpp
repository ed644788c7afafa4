#include "admin/lint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <ostream>

#include "admin/command.hpp"
#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "admin/update/jobs.hpp"

namespace badclients::admin {

using Severity = config::Problem::Severity;

namespace {

const char* word(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

std::string counted(std::size_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

/// Among the files of a rulebook, which has client files and their data files too.
bool is_list(const std::string& file) {
  return !file.starts_with("clients/") &&
         (file.find(".deny.") != std::string::npos || file.find(".allow.") != std::string::npos);
}

void append(Problems& all, Problems more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// A file or folder that is there and may not be read: by whom, and what to do.
std::string hint_at_rights(const config::Problem& problem, bool holds_passwords = false) {
  struct stat status {};
  const auto* path = problem.file.c_str();
  if (problem.severity != Severity::error || problem.line != 0 ||
      faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 || errno != EACCES) {
    return {};
  }
  const auto user = user_name(geteuid());
  if (stat(path, &status) != 0) return fmt::format(", by user {}", user);
  if (holds_passwords) {
    return fmt::format(", by user {0} (try: chown root:{1} {2}; chmod 0640 {2})", user,
                       group_name(getegid()), problem.file);
  }
  return fmt::format(", by user {} (try: chmod {} {})", user,
                     S_ISDIR(status.st_mode) ? "0755" : "0644", problem.file);
}

/// Who may write to a list decides over every login.
Problems files_open_to_all(const lists::RuleBook& book, const std::string& list_path) {
  Problems problems;
  for (const auto& file : book.files) {
    const auto path = file.starts_with('/') ? file : fmt::format("{}/{}", list_path, file);
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || (status.st_mode & S_IWOTH) == 0) continue;
    problems.push_back(
        {Severity::warning, path, 0,
         fmt::format("every user of this machine may write to it (try: chmod 0644 {})", path)});
  }
  return problems;
}

std::string summary(const Findings& findings) {
  auto text = counted(findings.lists, "list", "lists") + ", " +
              counted(findings.entries, "entry", "entries");
  if (findings.clients != 0) {
    text += fmt::format(", {} with {}", counted(findings.clients, "client", "clients"),
                        counted(findings.client_rules, "rule", "rules"));
  }
  text += ", " + counted(findings.count(Severity::error), "error", "errors");
  text += ", " + counted(findings.count(Severity::warning), "warning", "warnings");
  const auto notes = findings.count(Severity::note);
  if (notes != 0) text += ", " + counted(notes, "note", "notes");
  return text;
}

}  // namespace

std::size_t Findings::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::ranges::count(problems, severity, &config::Problem::severity));
}

Findings find_faults(const std::string& config_path) {
  Findings findings;
  auto loaded = config::load(config_path);
  if (!loaded) {
    std::error_code unknown;
    const auto named = loaded.error().starts_with(config_path + ": ") ? config_path.size() + 2 : 0;
    findings.problems.push_back({Severity::error, config_path, 0, loaded.error().substr(named)});
    auto& problem = findings.problems.back();
    problem.text += hint_at_rights(problem, true);
    if (!std::filesystem::exists(config_path, unknown) && !unknown) {
      problem.text += fmt::format(" (an empty file is a good one, try: touch {})", config_path);
    }
    return findings;
  }
  const auto& config = loaded->config;
  append(findings.problems, std::move(loaded->problems));
  append(findings.problems, update::read_jobs(config.update, config_path).problems);
  append(findings.problems, check_settings(config, config_path));
  append(findings.problems, check_surroundings(config, config_path));

  auto lengths = check_length(config, config_path);
  const bool too_long = !lengths.empty() && lengths.front().file == config.general.list_path;
  append(findings.problems, std::move(lengths));
  if (too_long) return findings;
  auto book = lists::read_lists(config.general.list_path);
  findings.lists = static_cast<std::size_t>(std::ranges::count_if(book.files, is_list));
  findings.entries = book.entries.size();
  findings.clients = book.clients.size();
  findings.client_rules = book.client_rules.size();
  append(findings.problems, check_texts(config, config_path, book));
  auto rules = check_rules(book, config);
  for (auto& problem : book.problems) problem.text += hint_at_rights(problem);
  append(rules, std::move(book.problems));
  append(rules, check_folders(config));
  append(rules, files_open_to_all(book, config.general.list_path));
  std::ranges::stable_sort(rules, [](const auto& a, const auto& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  append(findings.problems, std::move(rules));
  return findings;
}

std::string as_text(const Findings& findings) {
  std::string text;
  for (const auto& problem : findings.problems) {
    const auto where =
        problem.line == 0 ? problem.file : fmt::format("{}:{}", problem.file, problem.line);
    text += fmt::format("{}: {}: {}\n", printable(where), word(problem.severity),
                        printable(problem.text));
  }
  return text + summary(findings) + '\n';
}

int lint(const std::vector<std::string>& arguments, const Context& context) {
  const CommandLine line{
      "lint",
      "Reads the configuration, the lists and the client files, looks at what they\n"
      "name, and names every fault.",
      boost::program_options::options_description(),
      {}};
  if (const auto values = read(line, arguments, context); !values) return values.error();
  const auto findings = find_faults(context.config_path);
  context.out << as_text(findings);
  return findings.count(Severity::error) == 0 ? exit_good : exit_bad;
}

}  // namespace badclients::admin
