#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/progress_bar.hpp"
#include "admin/registry/command.hpp"
#include "admin/registry/counts.hpp"
#include "admin/registry/source.hpp"
#include "admin/terminal.hpp"
#include "registry/compile/compilation.hpp"
#include "registry/compile/replacement.hpp"

namespace badclients::admin::registry_command {

namespace {

using nlohmann::ordered_json;
using registry::FileState;
using registry::Publication;

constexpr std::chrono::seconds pause_before_retry{5};
/// RIPE's largest file has 250 MB.
constexpr std::chrono::hours longest_download{1};

CommandLine command_line() {
  CommandLine line{"registry update [OPTION]...",
                   "Fetches what registries and route collectors publish in bulk, as far as\n"
                   "registry/sources names it, and compiles it into registry.db in state_path. A\n"
                   "file that is no good keeps the part of registry.db that is there."};
  line.value("from", "FOLDER", "fetch nothing: take every file there that has its publisher's name")
      .flag("force", "fetch what is unchanged, accept what is smaller or older than it should be")
      .flag("quiet,q", "say only what went wrong")
      .flag("json", "print one JSON object")
      .value("ca-file", "FILE",
             "certificates of the authorities to trust, instead of rdap/ca_file");
  return line;
}

/// "3.1 of 6.2 MB"; `total` 0: unknown.
std::string in_megabytes(std::uint64_t now, std::uint64_t total) {
  constexpr double mb = 1e6;
  const auto have = static_cast<double>(now) / mb;
  return total == 0 ? fmt::format("{:.1f} MB", have)
                    : fmt::format("{:.1f} of {:.1f} MB", have, static_cast<double>(total) / mb);
}

/// After an update that wrote nothing.
std::string what_is_left(const std::string& state_path) {
  std::error_code unreadable;
  const bool there = std::filesystem::exists(registry::store_path(state_path), unreadable);
  return there ? "registry.db stays as it is" : "there is still no registry.db";
}

/// Does one update; see command_line().
class Update {
 public:
  explicit Update(const Call& call) : call_(call), config_(call.config) {}

  int run() {
    const auto& state_path = config_.general.state_path;
    auto replacement = registry::Replacement::begin(state_path);
    if (!replacement) return cannot(replacement.error());
    if (!*replacement) return cannot("another registry update is at work");
    open_before();
    if (const auto source = choose(); !source) return cannot(source.error());

    registry::Compilation compilation{{state_path, call_.context.now(), call_.has("force")},
                                      before_ ? &*before_ : nullptr};
    for (const auto& [publication, file] : get_all()) {
      take(*publication, file, compilation);
      bar_.reset();
      ++done_;
    }
    std::optional<registry::Compilation::Summary> summary;
    if (news_) {
      leave_out_old(compilation);
      summary = write(compilation, **replacement);
    } else {
      say(good_ ? "nothing new" : "nothing new that is any good: " + what_is_left(state_path));
    }
    if (call_.has("json")) call_.context.out << json_text(as_json(summary));
    return good_ ? exit_good : exit_bad;
  }

 private:
  void warn(const std::string& what) { call_.context.complain("registry update: " + what); }
  void complain(const std::string& what) {
    warn(what);
    good_ = false;
  }
  [[nodiscard]] int cannot(const std::string& why) const {
    return call_.cannot("registry update: " + why);
  }
  void say(const std::string& what) {
    bar_.reset();
    if (call_.has("quiet") || call_.has("json")) return;
    call_.context.out << printable(what) << std::endl;
  }
  /// Shows on a terminal what is being done.
  void show(const std::string& what) {
    if (call_.has("quiet") || (bar_ && what == shown_)) return;
    if (!bar_) bar_.emplace(2 * chosen_.size() + 1);  // fetched, read; compiled
    bar_->show(done_, what);
    shown_ = what;
  }

  void open_before() {
    auto opened = registry::Store::open(registry::store_path(config_.general.state_path));
    if (!opened) {
      warn(opened.error() + "; everything is compiled anew");
      return;
    }
    before_ = std::move(*opened);
    if (!before_) return;
    auto files = before_->files();
    if (!files) throw std::runtime_error(files.error());
    states_before_ = std::move(*files);
  }

  /// Where the files come from, and which.
  tl::expected<void, std::string> choose() {
    if (call_.has("from")) {
      const auto folder = call_.text("from");
      auto files = FilesIn::open(folder);
      if (!files) return tl::unexpected(files.error());
      for (const auto& name : files->others()) {
        say(fmt::format("{}/{}: is no publisher's file, left alone", folder, name));
      }
      chosen_ = files->publications();
      if (chosen_.empty()) {
        return tl::unexpected(
            folder + ": there is no publisher's file (badclients-registry(7) has their names)");
      }
      source_ = std::make_unique<FilesIn>(std::move(*files));
      return {};
    }
    const auto& sources = config_.registry.sources;
    for (const auto& each : registry::publications()) {
      if (std::ranges::find(sources, each.source) != sources.end()) chosen_.push_back(&each);
    }
    if (chosen_.empty()) return tl::unexpected(std::string("registry/sources is none"));
    const auto ca_file = call_.has("ca-file") ? call_.text("ca-file") : config_.rdap.ca_file;
    https_.emplace(ca_file);
    update::Transport transport{*https_, config_.rdap.proxy};
    transport.whole_time = longest_download;
    transport.progress = [this](std::uint64_t now, std::uint64_t total) {
      if (now > 0) show(fmt::format("{}: {}", shown_file_, in_megabytes(now, total)));
    };
    source_ = std::make_unique<Servers>(
        Servers::Settings{config_.general.state_path, std::move(transport), call_.has("force")});
    return {};
  }

  [[nodiscard]] const FileState* state_before(const Publication& publication) const {
    const auto found = std::ranges::find(states_before_, publication.name, &FileState::name);
    return found == states_before_.end() ? nullptr : &*found;
  }

  /// A file of a publisher's, where it could be had.
  struct Had {
    const Publication* publication;
    tl::expected<std::optional<File>, std::string> file;
  };

  void get(Had& had) {
    shown_file_ = had.publication->name;
    show(shown_file_);
    had.file = source_->get(*had.publication, state_before(*had.publication));
  }

  /// All that are chosen. Those that could not be had from their servers, or did not agree with
  /// their checksums, are tried once more, all after one pause.
  std::vector<Had> get_all() {
    std::vector<Had> all;
    for (const auto* publication : chosen_) {
      get(all.emplace_back(Had{publication, std::nullopt}));
      ++done_;
    }
    const bool again = https_ && std::ranges::any_of(all, [](const Had& had) { return !had.file; });
    if (again) std::this_thread::sleep_for(pause_before_retry);
    for (auto& had : all) {
      if (again && !had.file) get(had);
    }
    return all;
  }

  void take(const Publication& publication,
            const tl::expected<std::optional<File>, std::string>& file,
            registry::Compilation& compilation) {
    shown_file_ = publication.name;
    const auto* const before = state_before(publication);
    if (!file) return refuse(publication, before, file.error());
    if (!*file) {
      note(publication.name, "not_modified", before);
      return say(
          fmt::format("{}: not modified since {}", publication.name, timestamp(before->made)));
    }
    const auto& [descriptor, size, made, validators] = **file;
    const auto taken = compilation.take(
        {publication, descriptor.number(), made, validators.etag, validators.last_modified,
         [this, whole = size](std::uint64_t bytes) {
           show(fmt::format("reading {}: {}", shown_file_, in_megabytes(bytes, whole)));
         }});
    if (!taken) {
      return refuse(publication, before, fmt::format("{}: {}", where(publication), taken.error()));
    }
    bar_.reset();
    auto& noted = note(publication.name, "taken", &taken->state);
    if (!taken->warning.empty()) {
      noted["warnings"].push_back(taken->warning);
      warn(fmt::format("{}: warning: {}", publication.name, taken->warning));
    }
    news_ |= publication.form != registry::Form::organisations;
    say(fmt::format("{}: {}, made {}", publication.name, in_words(taken->state.counts),
                    timestamp(taken->state.made)));
  }

  [[nodiscard]] std::string where(const Publication& publication) const {
    return call_.has("from") ? fmt::format("{}/{}", call_.text("from"), publication.name)
                             : std::string(publication.url);
  }

  void refuse(const Publication& publication, const FileState* before, const std::string& why) {
    bar_.reset();
    const bool kept = before != nullptr && publication.form != registry::Form::organisations;
    note(publication.name, "failed", kept ? before : nullptr)["error"] = why;
    complain(kept ? fmt::format("{}; what is there stays, made {}", why, timestamp(before->made))
                  : why);
  }

  /// What nobody renews goes once it is no longer used.
  void leave_out_old(registry::Compilation& compilation) {
    for (const auto& state : states_before_) {
      const auto* const publication = registry::find_publication(state.name);
      const auto& sources = config_.registry.sources;
      const bool renewed = std::ranges::find(sources, publication->source) != sources.end() ||
                           std::ranges::find(chosen_, publication) != chosen_.end();
      if (renewed || call_.context.now() - state.made <= config_.registry.max_age) continue;
      compilation.leave_out(*publication);
      note(state.name, "left_out", &state);
      say(fmt::format("{}: left out, made {}", state.name, timestamp(state.made)));
    }
  }

  registry::Compilation::Summary write(registry::Compilation& compilation,
                                       registry::Replacement& replacement) {
    const auto& path = replacement.make();
    auto summary = compilation.write(path, [this](std::uint64_t segments) {
      show(fmt::format("compiling: {} segments", segments));
    });
    replacement.finish();
    say(fmt::format("registry.db: {} segments from {} files", summary.segments,
                    summary.files.size()));
    return summary;
  }

  // ---- for --json -------------------------------------------------------------------------------

  /// What became of a file; `state`: what registry.db has of it now, or had until now; null:
  /// nothing.
  ordered_json& note(std::string_view name, std::string_view outcome, const FileState* state) {
    ordered_json file{{"name", name},
                      {"outcome", outcome},
                      {"made", nullptr},
                      {"counts", ordered_json::object()},
                      {"warnings", ordered_json::array()},
                      {"error", nullptr}};
    if (state != nullptr) {
      file["made"] = timestamp(state->made);
      for (const auto& [kind, count] : state->counts) file["counts"][kind] = count;
    }
    return files_.emplace_back(std::move(file));
  }

  /// `summary`: of the registry.db that was written.
  [[nodiscard]] ordered_json as_json(
      const std::optional<registry::Compilation::Summary>& summary) const {
    ordered_json json{{"path", registry::store_path(config_.general.state_path)},
                      {"good", good_},
                      {"written", summary.has_value()},
                      {"segments", nullptr},
                      {"files", files_}};
    if (summary) json["segments"] = summary->segments;
    return json;
  }

  const Call& call_;
  const config::Config& config_;
  std::optional<registry::Store> before_;
  std::vector<FileState> states_before_;
  std::optional<network::Https> https_;
  std::unique_ptr<Source> source_;
  std::vector<const Publication*> chosen_;
  std::size_t done_ = 0;    ///< steps
  std::string shown_file_;  ///< that is at hand
  std::optional<ProgressBar> bar_;
  std::string shown_;  ///< on it
  bool good_ = true;   ///< so far
  bool news_ = false;  ///< something was taken
  ordered_json files_ = ordered_json::array();
};

}  // namespace

int update(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto cannot = [&](const std::string& why) {
    return call->cannot("registry update: " + why);
  };
  if (const auto errors = call->errors(); !errors.empty()) {
    for (const auto& error : errors) context.complain("registry update: " + error);
    // A state_path that was not understood would send the data to another folder.
    return cannot("nothing is done while the configuration has errors");
  }
  if (const auto done = become_owner_of(call->config.general.state_path); !done) {
    return cannot(done.error());
  }
  try {
    return Update(*call).run();
  } catch (const std::runtime_error& error) {
    return cannot(
        fmt::format("{}; {}", error.what(), what_is_left(call->config.general.state_path)));
  }
}

}  // namespace badclients::admin::registry_command
