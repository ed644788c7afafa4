#include "admin/update/command.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <ostream>

#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "admin/update/folder.hpp"
#include "admin/update/jobs.hpp"
#include "admin/update/progress.hpp"
#include "admin/update/remembered.hpp"
#include "admin/update/safety.hpp"
#include "config/config.hpp"

namespace badclients::admin::update {

namespace {

namespace po = boost::program_options;
using config::Config;

/// A dry run shows this many networks; more would hide the other lists.
constexpr std::size_t most_diff_lines = 100;

/// libcurl's global state, for as long as this object lives.
class Curl {
 public:
  Curl() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) throw std::runtime_error("libcurl: no start");
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  ~Curl() { curl_global_cleanup(); }
};

/// What the command line asks for.
struct Wish {
  std::vector<std::string> names;
  std::string source, to, ca_file;
  bool dry_run = false, quiet = false, force = false;
};

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
  CommandLine line{"update [OPTION]... [LIST]...", purpose(), {}, {}, "LIST"};
  line.options.add_options()("dry-run,n", "show what would change, write nothing")(
      "quiet,q", "say only what went wrong")(
      "force",
      "accept a list that lost more than a third, won more than half, or replaces a file made by "
      "hand")("source", po::value<std::string>()->value_name("SOURCE"),
              "fetch this, not what is configured")(
      "to", po::value<std::string>()->value_name("LIST"), "and write it there")(
      "ca-file", po::value<std::string>()->value_name("FILE"),
      "certificates of the authorities to trust, instead of rdap/ca_file");
  return line;
}

Wish read_wish(const po::variables_map& values) {
  const auto text = [&](const char* name) {
    return values.count(name) != 0 ? values[name].as<std::string>() : std::string();
  };
  Wish wish;
  if (values.count("LIST") != 0) wish.names = values["LIST"].as<std::vector<std::string>>();
  wish.source = text("source");
  wish.to = text("to");
  wish.ca_file = text("ca-file");
  wish.dry_run = values.count("dry-run") != 0;
  wish.quiet = values.count("quiet") != 0;
  wish.force = values.count("force") != 0;
  return wish;
}

/// Does one update; see run().
class Update {
 public:
  Update(const Wish& wish, const Config& config, const Context& context)
      : wish_(wish), config_(config), context_(context) {}

  int run() {
    if (const auto code = wish_.source.empty() ? choose() : take_wish(); code != exit_good) {
      return code;
    }
    const auto& list_path = config_.general.list_path;
    const auto lists = Folder::find(list_path, Folder::Parent::own);
    if (!lists || !*lists) {
      complain(lists ? list_path + ": no such folder" : lists.error());
      return exit_bad;
    }
    if (!wish_.dry_run && !lock()) {
      complain("another update is at work");
      return exit_bad;
    }
    const Curl curl;
    around_ = surroundings();
    for (const auto& job : jobs_) good_ &= one(job);
    return good_ ? exit_good : exit_bad;
  }

 private:
  void complain(const std::string& what) {
    context_.err << fmt::format("badclientsctl: update: {}\n", printable(what));
  }

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
  int take_wish() {
    auto target = parse_target(canonical(wish_.to));
    auto source = parse_source(wish_.source);
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
                      context_.config_path));
      return exit_usage;
    }
    auto chosen = wish_.names.empty() ? configured : std::vector<Config::Update>{};
    for (const auto& name : wish_.names) {
      const auto entry = std::ranges::find(configured, canonical(name),
                                           [&](const auto& each) { return canonical(each.list); });
      if (entry == configured.end()) {
        complain(fmt::format("'{}' is no list of [update] in {}", name, context_.config_path));
        return exit_usage;
      }
      chosen.push_back(*entry);
    }
    auto found = read_jobs(chosen, context_.config_path);
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
    around.now = timestamp(context_.now());
    around.dry_run = wish_.dry_run;
    around.force = wish_.force;
    return around;
  }

  bool one(const Job& job) {
    const auto result = fetch_and_refresh(job);
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
    if (!wish_.quiet) context_.out << report(job.target.name, *result) << std::flush;
    return true;
  }

  tl::expected<Outcome, std::string> fetch_and_refresh(const Job& job) {
    Transport transport;
    transport.ca_file = wish_.ca_file.empty() ? config_.rdap.ca_file : wish_.ca_file;
    transport.proxy = config_.rdap.proxy;
    Progress progress(context_.err, job.target.name);
    if (!wish_.quiet && ::isatty(STDERR_FILENO) == 1) {
      transport.progress = [&](auto now, auto total) { progress.show(now, total); };
    }
    around_.fetch = [&](const Request& request) { return fetch(request, transport); };
    return refresh(job, around_);
  }

  [[nodiscard]] std::string report(const std::string& name, const Outcome& outcome) const {
    const auto networks =
        fmt::format("{} network{}", outcome.networks, outcome.networks == 1 ? "" : "s");
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
                       wish_.dry_run ? "not written to" : "written to", printable(outcome.path),
                       wish_.dry_run ? difference.text(most_diff_lines) : "");
  }

  const Wish& wish_;
  const Config& config_;
  const Context& context_;
  std::vector<Job> jobs_;
  bool good_ = true;  ///< so far
  Surroundings around_;
  std::optional<Folder> lock_;  ///< for as long as this works
};

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto line = command_line();
  const auto values = read(line, arguments, context);
  if (!values) return values.error();
  const auto wish = read_wish(*values);
  const bool both = !wish.source.empty() && !wish.to.empty();
  if (wish.source.empty() != wish.to.empty() || (both && !wish.names.empty())) {
    context.err
        << "badclientsctl: update: --source and --to go together, and without other lists\n";
    return exit_usage;
  }
  const auto loaded = config::load(context.config_path);
  if (!loaded) {
    context.err << fmt::format("badclientsctl: update: {}\n", printable(loaded.error()));
    return exit_bad;
  }
  bool good = true;
  for (const auto& problem : loaded->problems) {
    if (problem.severity != config::Problem::Severity::error) continue;
    context.err << fmt::format("badclientsctl: update: {}\n", printable(problem.str()));
    good = false;
  }
  if (!good) {
    // A list_path that was not understood would send the lists to another folder.
    context.err << "badclientsctl: update: nothing is done while the configuration has errors\n";
    return exit_bad;
  }
  // Not as the owner of state_path, who may not write to the lists.
  if (const auto done = become_owner_of(loaded->config.general.list_path); !done) {
    context.err << fmt::format("badclientsctl: update: {}\n", printable(done.error()));
    return exit_bad;
  }
  return Update(wish, loaded->config, context).run();
}

}  // namespace badclients::admin::update
