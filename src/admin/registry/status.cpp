#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/log_options.hpp"
#include "admin/owner.hpp"
#include "admin/registry/command.hpp"
#include "admin/registry/counts.hpp"
#include "admin/registry/coverage.hpp"
#include "admin/terminal.hpp"
#include "base/stamp.hpp"
#include "registry/local_facts.hpp"
#include "registry/publication.hpp"

namespace badclients::admin::registry_command {

namespace {

using nlohmann::ordered_json;
using registry::FileState;
using std::chrono::seconds;

/// All that status says.
struct Status {
  struct Row {
    std::string_view name;
    std::optional<FileState> file;  ///< nothing: wanted, and not there
    std::string_view state;         ///< "good" "old" "missing"
  };
  std::string path;
  std::uint64_t bytes = 0;  ///< 0: there is no registry.db
  std::vector<Row> rows;
  std::optional<Coverage> coverage;
  facts::Time now;

  [[nodiscard]] bool good() const {
    return std::ranges::all_of(rows, [](const Row& row) { return row.state == "good"; });
  }
};

std::vector<Status::Row> rows(const std::vector<FileState>& files, const config::Config& config,
                              facts::Time now) {
  std::vector<Status::Row> rows;
  const auto& sources = config.registry.sources;
  for (const auto& each : registry::publications()) {
    const auto file = std::ranges::find(files, each.name, &FileState::name);
    const bool wanted = std::ranges::find(sources, each.source) != sources.end();
    if (file != files.end()) {
      const bool young = now - file->made <= config.registry.max_age;
      rows.push_back({each.name, *file, young ? "good" : "old"});
    } else if (wanted) {
      rows.push_back({each.name, std::nullopt, "missing"});
    }
  }
  return rows;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? ""
                    : fmt::format(" ({:.1f} %)",
                                  100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string as_text(const Status& status) {
  std::string text = status.bytes == 0 ? fmt::format("{}: not there\n\n", printable(status.path))
                                       : fmt::format("{}: {:.1f} MB\n\n", printable(status.path),
                                                     static_cast<double>(status.bytes) / 1e6);
  std::vector<std::vector<std::string>> cells{{"FILE", "MADE", "AGE", "STATE", "HOLDS"}};
  for (const auto& [name, file, state] : status.rows) {
    if (!file) {
      cells.push_back({std::string(name), "-", "-", std::string(state), "-"});
      continue;
    }
    const auto age = std::chrono::duration_cast<seconds>(status.now - file->made);
    cells.push_back({std::string(name), timestamp(file->made), about(age), std::string(state),
                     printable(in_words(file->counts))});
  }
  text += table(cells);
  if (const auto& coverage = status.coverage) {
    text += fmt::format(
        "\nLogins of the last 30 days from public addresses: {}\n"
        "  origin AS and its description known here: {}{}\n"
        "  registration known here: {}{}\n",
        coverage->logins, coverage->origin, percent(coverage->origin, coverage->logins),
        coverage->registration, percent(coverage->registration, coverage->logins));
  }
  return text;
}

ordered_json as_json(const Status& status) {
  ordered_json json;
  json["path"] = status.path;
  json["bytes"] = status.bytes;
  json["good"] = status.good();
  json["files"] = ordered_json::array();
  for (const auto& [name, file, state] : status.rows) {
    ordered_json row;
    row["name"] = name;
    row["state"] = state;
    row["made"] = row["taken"] = row["age_seconds"] = row["etag"] = row["last_modified"] = nullptr;
    row["counts"] = ordered_json::object();
    if (file) {
      row["made"] = timestamp(file->made);
      row["taken"] = timestamp(file->taken);
      row["age_seconds"] = std::chrono::duration_cast<seconds>(status.now - file->made).count();
      row["etag"] = or_null(file->etag);
      row["last_modified"] = or_null(file->last_modified);
      for (const auto& [kind, count] : file->counts) row["counts"][kind] = count;
    }
    json["files"].push_back(std::move(row));
  }
  json["logins"] = nullptr;
  if (const auto& coverage = status.coverage) {
    json["logins"] = {{"days", 30},
                      {"all", coverage->logins},
                      {"origin", coverage->origin},
                      {"registration", coverage->registration}};
  }
  return json;
}

CommandLine command_line() {
  CommandLine line{"registry status [OPTION]...",
                   "Shows what registry.db was made from and how old that is, and for how many\n"
                   "logins of the last 30 days it would have answered, where a log can be read.\n"
                   "Exit code 1 where something that registry/sources names is missing or old."};
  add_log(line);
  line.flag("json", "print one JSON object");
  return line;
}

/// Reads the log as the caller: the owner of state_path often may not.
std::optional<Logins> logins(const Call& call) {
  auto read = read_logins(call);
  if (read) return std::move(*read);
  if (call.has("log")) call.context.complain("registry status: " + read.error());
  return std::nullopt;
}

tl::expected<Status, std::string> find_out(const config::Config& config,
                                           const std::optional<Logins>& logins, facts::Time now) {
  Status status;
  status.path = registry::store_path(config.general.state_path);
  status.now = now;
  auto store = registry::Store::open(status.path);
  if (!store) return tl::unexpected(store.error());
  std::vector<FileState> files;
  if (*store) {
    const auto stamp = base::stamp_of(status.path.c_str());
    status.bytes = stamp ? stamp->size : 0;
    auto read = (*store)->files();
    if (!read) return tl::unexpected(read.error());
    files = std::move(*read);
    if (logins) {
      const auto counted = coverage(*logins, **store, {now, config.registry.max_age});
      if (!counted) return tl::unexpected(counted.error());
      status.coverage = *counted;
    }
  }
  status.rows = rows(files, config, now);
  return status;
}

}  // namespace

int status(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto cannot = [&](const std::string& why) {
    return call->cannot("registry status: " + why);
  };
  const auto counted = logins(*call);
  if (const auto done = become_owner_of(call->config.general.state_path); !done) {
    return cannot(done.error());
  }
  const auto found = find_out(call->config, counted, context.now());
  if (!found) return cannot(found.error());
  context.out << (call->has("json") ? json_text(as_json(*found)) : as_text(*found));
  if (!counted && call->has("log")) return exit_cannot_decide;
  return found->good() ? exit_good : exit_bad;
}

}  // namespace badclients::admin::registry_command
