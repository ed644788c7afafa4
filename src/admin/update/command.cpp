#include "admin/update/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "admin/update/folder.hpp"
#include "admin/update/jobs.hpp"
#include "admin/update/remembered.hpp"
#include "admin/update/safety.hpp"

namespace badclients::admin::update {

namespace {

using config::Config;

/// A dry run shows this many networks; more would hide the other lists.
constexpr std::size_t most_diff_lines = 100;

std::string purpose() {
  std::string text =
      "Fetches published address ranges and writes them as lists: those of [update] in the\n"
      "configuration, or those of them that are named; or the one of --source and --to.\n\n"
      "SOURCE is PUBLISHER[:KEY=VALUE,...] [URL]. Publishers and their keys:\n";
  for (const auto& provider : providers()) {
    text += fmt::format("  {:<13} {}{}\n", provider.name, fmt::join(provider.filter_keys, ", "),
                        provider.url.empty()
                            ? (provider.filter_keys.empty() ? "(needs a URL)" : " (needs a URL)")
                            : "");
  }
  text.pop_back();
  return text;
}

CommandLine command_line() {
  CommandLine line{"update [OPTION]... [LIST]...", purpose(), {}, "LIST"};
  line.flag("dry-run,n", "show what would change, write nothing")
      .flag("quiet,q", "say only what went wrong")
      .flag("json", "print one JSON object")
      .flag("force",
            "accept a list that lost more than a third, won more than half, or replaces a file "
            "made by hand")
      .value("source", "SOURCE", "fetch this, not what is configured")
      .value("to", "LIST", "and write it there")
      .value("ca-file", "FILE",
             "certificates of the authorities to trust, instead of rdap/ca_file");
  return line;
}

/// Does one update; see run().
class Update {
 public:
  explicit Update(const Call& call) : call_(call), config_(call.config) {}

  int run() {
    if (const auto code = call_.has("source") ? take_given() : choose(); code != exit_good) {
      return code;
    }
    const auto& list_path = config_.general.list_path;
    const auto lists = Folder::find(list_path, Folder::Parent::own);
    if (!lists || !*lists) {
      complain(lists ? list_path + ": no such folder" : lists.error());
      return exit_cannot_decide;
    }
    if (!call_.has("dry-run") && !lock()) {
      complain("another update is at work");
      return exit_cannot_decide;
    }
    around_ = surroundings();
    for (const auto& job : jobs_) good_ &= one(job);
    if (call_.has("json")) call_.context.out << json_text({{"lists", lists_}});
    return good_ ? exit_good : exit_bad;
  }

 private:
  void complain(const std::string& what) const { call_.context.complain("update: " + what); }

  /// False where another update is at work. In state_path, where nobody else can hold the lock;
  /// without that folder there is none.
  bool lock() {
    auto folder = state_folder(config_.general.state_path);
    auto locked = folder ? folder->lock() : tl::unexpected(folder.error());
    if (!locked) {
      complain(fmt::format("warning: {}; another update at the same time goes unnoticed",
                           locked.error()));
      return true;
    }
    if (*locked) lock_.emplace(std::move(*folder));
    return *locked;
  }

  /// A list's name, however the administrator writes it; the text itself where it is none.
  [[nodiscard]] std::string canonical(std::string text) const {
    const auto above = config_.general.list_path + "/";
    if (text.starts_with(above)) text.erase(0, above.size());
    const auto target = parse_target(text);
    return target ? target->name : text;
  }

  /// The job of the command line.
  int take_given() {
    auto target = parse_target(canonical(call_.text("to")));
    auto source = parse_source(call_.text("source"));
    if (!target) complain("--to: " + target.error());
    if (!source) complain("--source: " + source.error());
    if (!target || !source) return exit_usage;
    jobs_.push_back({std::move(*target), std::move(*source)});
    return exit_good;
  }

  /// The configured jobs, or those that the command line names.
  int choose() {
    const auto& configured = config_.update;
    if (configured.empty()) {
      complain(
          fmt::format("{} has no section [update] that says what to fetch (try "
                      "'clients/data/new-outlook.net = microsoft365:Exchange,id=1' there, "
                      "which refuses nobody until the client is enabled)",
                      call_.context.config_path));
      return exit_usage;
    }
    const auto names = call_.words("LIST");
    auto chosen = names.empty() ? configured : std::vector<Config::Update>{};
    for (const auto& name : names) {
      const auto entry = std::ranges::find(configured, canonical(name),
                                           [&](const auto& each) { return canonical(each.list); });
      if (entry == configured.end()) {
        complain(fmt::format("'{}' is no list of [update] in {}", name, call_.context.config_path));
        return exit_usage;
      }
      chosen.push_back(*entry);
    }
    auto found = read_jobs(chosen, call_.context.config_path);
    for (const auto& problem : found.problems) complain(problem.str());
    good_ = found.problems.empty();
    jobs_ = std::move(found.jobs);
    return exit_good;
  }

  Surroundings surroundings() {
    Surroundings around;
    around.list_path = config_.general.list_path;
    around.state_path = config_.general.state_path;
    around.own_addresses = own_addresses();
    around.now = timestamp(call_.context.now());
    around.dry_run = call_.has("dry-run");
    around.force = call_.has("force");
    return around;
  }

  bool one(const Job& job) {
    const auto result = fetch_and_refresh(job);
    if (call_.has("json")) lists_.push_back(as_json(job.target.name, result));
    if (!result) {
      const auto path = path_of(job.target, around_.list_path);
      const bool kept = ::access(path.c_str(), F_OK) == 0;
      complain(fmt::format("{}: {}{}", job.target.name, result.error(),
                           kept ? fmt::format("; {} stays as it is", path) : ""));
      return false;
    }
    for (const auto& warning : result->warnings) {
      complain(fmt::format("{}: warning: {}", job.target.name, warning));
    }
    if (!call_.has("quiet") && !call_.has("json"))
      call_.context.out << report(job.target.name, *result) << std::flush;
    return true;
  }

  tl::expected<Outcome, std::string> fetch_and_refresh(const Job& job) {
    const Transport transport{https_, config_.rdap.proxy};
    around_.fetch = [&](const Request& request) { return fetch(request, transport); };
    return refresh(job, around_);
  }

  [[nodiscard]] nlohmann::ordered_json as_json(
      const std::string& name, const tl::expected<Outcome, std::string>& result) const {
    nlohmann::ordered_json json{
        {"list", name},         {"outcome", "failed"},
        {"path", nullptr},      {"networks", nullptr},
        {"published", nullptr}, {"added", nullptr},
        {"removed", nullptr},   {"warnings", nlohmann::ordered_json::array()},
        {"error", nullptr}};
    if (!result) {
      json["error"] = result.error();
      return json;
    }
    using Kind = Outcome::Kind;
    const auto* const written = around_.dry_run ? "would_be_written" : "written";
    json["outcome"] = result->kind == Kind::not_modified ? "not_modified"
                      : result->kind == Kind::same       ? "same"
                                                         : written;
    json["path"] = result->path;
    json["networks"] = result->networks;
    if (result->kind != Kind::not_modified) json["published"] = result->published;
    json["added"] = result->difference.added.size();
    json["removed"] = result->difference.removed.size();
    json["warnings"] = result->warnings;
    return json;
  }

  [[nodiscard]] std::string report(const std::string& name, const Outcome& outcome) const {
    const auto networks = counted(outcome.networks, "network", "networks");
    switch (outcome.kind) {
      case Outcome::Kind::not_modified:
        return fmt::format("{}: not modified, {}\n", name, networks);
      case Outcome::Kind::same:
        return fmt::format("{}: no change, {} ({} published)\n", name, networks, outcome.published);
      case Outcome::Kind::written:
        break;
    }
    const auto& difference = outcome.difference;
    return fmt::format("{}: {} ({} published), +{} -{}, {} {}\n{}", name, networks,
                       outcome.published, difference.added.size(), difference.removed.size(),
                       around_.dry_run ? "not written to" : "written to", printable(outcome.path),
                       around_.dry_run ? difference.text(most_diff_lines) : "");
  }

  const Call& call_;
  const Config& config_;
  network::Https https_{call_.has("ca-file") ? call_.text("ca-file") : config_.rdap.ca_file};
  std::vector<Job> jobs_;
  bool good_ = true;  ///< so far
  Surroundings around_;
  nlohmann::ordered_json lists_ = nlohmann::ordered_json::array();  ///< for --json
  std::optional<Folder> lock_;                                      ///< for as long as this works
};

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  auto call = read(command_line(), arguments, context);
  if (!call) return call.error();
  const bool given = call->has("source");
  if (given != call->has("to") || (given && call->has("LIST"))) {
    context.complain("update: --source and --to go together, and without other lists");
    return exit_usage;
  }
  if (!call->load()) return exit_cannot_decide;
  if (const auto errors = call->errors(); !errors.empty()) {
    for (const auto& error : errors) context.complain("update: " + error);
    // A list_path that was not understood would send the lists to another folder.
    return call->cannot("update: nothing is done while the configuration has errors");
  }
  // Not as the owner of state_path, who may not write to the lists.
  if (const auto done = become_owner_of(call->config.general.list_path); !done) {
    return call->cannot("update: " + done.error());
  }
  return Update(*call).run();
}

}  // namespace badclients::admin::update
