#include "admin/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/command.hpp"
#include "admin/options.hpp"
#include "admin/problems.hpp"
#include "admin/terminal.hpp"
#include "admin/update/jobs.hpp"

namespace badclients::admin {

namespace {

/// Among the files of a rulebook, which has client files and their data files too.
bool is_list(const std::string& file) {
  return !file.starts_with("clients/") &&
         (file.find(".deny.") != std::string::npos || file.find(".allow.") != std::string::npos);
}

config::Problem no_configuration(config::Problem problem) {
  problem.text += hint_at_rights(problem, true);
  std::error_code unknown;
  if (!std::filesystem::exists(problem.file, unknown) && !unknown) {
    problem.text += fmt::format("; an empty file is a good one (try: touch {})", problem.file);
  }
  return problem;
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

std::string Lint::path(const std::string& file) const {
  return file.starts_with('/') ? file : fmt::format("{}/{}", config.general.list_path, file);
}

void Lint::say(Severity severity, lists::Where where, std::string text) {
  problems.push_back({severity, path(book.files.at(where.file)), where.line, std::move(text)});
}

Findings find_faults(const std::string& config_path, const std::optional<Room>& room) {
  Findings findings;
  auto loaded = config::load(config_path);
  if (!loaded) {
    findings.problems.push_back(no_configuration(std::move(loaded.error())));
    return findings;
  }
  Lint lint{config_path, loaded->config, room, registry_data(loaded->config)};
  auto& problems = lint.problems = std::move(loaded->problems);
  std::ranges::copy(update::read_jobs(lint.config.update, config_path).problems,
                    std::back_inserter(problems));
  check_settings(lint);
  check_surroundings(lint);
  if (check_length(lint)) {
    lint.book = lists::read_lists(lint.config.general.list_path);
    check_texts(lint);
    const auto of_lists = static_cast<std::ptrdiff_t>(problems.size());
    check_rules(lint);
    check_registry_data(lint);
    check_conflicts(lint);
    for (auto& problem : lint.book.problems) {
      problem.text += hint_at_rights(problem);
      problems.push_back(std::move(problem));
    }
    check_folders(lint);
    check_open_files(lint);
    std::stable_sort(problems.begin() + of_lists, problems.end(), [](const auto& a, const auto& b) {
      return std::tie(a.file, a.line) < std::tie(b.file, b.line);
    });
  }
  const auto& book = lint.book;
  return {std::move(problems), static_cast<std::size_t>(std::ranges::count_if(book.files, is_list)),
          book.entries.size(), book.clients.size(), book.client_rules.size()};
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

nlohmann::ordered_json as_json(const Findings& findings) {
  return {{"problems", problems_json(findings.problems)},
          {"lists", findings.lists},
          {"entries", findings.entries},
          {"clients", findings.clients},
          {"client_rules", findings.client_rules},
          {"errors", findings.count(Severity::error)},
          {"warnings", findings.count(Severity::warning)},
          {"notes", findings.count(Severity::note)}};
}

int lint(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"lint [OPTION]...",
                   "Reads the configuration, the lists and the client files, looks at what "
                   "they\nname, and names every fault."};
  line.flag("json", "print one JSON object");
  const auto call = read(line, arguments, context);
  if (!call) return call.error();
  const auto findings = find_faults(context.config_path, room_of_login());
  context.out << (call->has("json") ? json_text(as_json(findings)) : as_text(findings));
  return findings.count(Severity::error) == 0 ? exit_good : exit_bad;
}

}  // namespace badclients::admin
