// undo: removes what set_up() has made.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <vector>

#include "admin/setup/files.hpp"
#include "admin/setup/site.hpp"

namespace badclients::admin::setup {

namespace {

namespace fs = std::filesystem;

class Undo {
 public:
  explicit Undo(Site& site) : site_(site) {}

  /// Dovecot's file goes first, and Dovecot is told: it must not start a program without its files.
  void run() {
    // A file that was renewed has an entry for each of its texts.
    std::vector<Entry> entries;
    for (const auto& entry : site_.record.entries()) {
      const auto same = [&](const Entry& other) { return other.path == entry.path; };
      if (std::ranges::none_of(entries, same)) entries.push_back(entry);
    }
    for (const auto& entry : entries) {
      if (is_dovecots(entry)) remove(entry);
    }
    if (removed_ && !site_.pretend) tell_dovecot();
    std::for_each(entries.rbegin(), entries.rend(), [&](const Entry& entry) {
      if (!is_dovecots(entry)) remove(entry);
    });
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  static bool is_dovecots(const Entry& entry) {
    return entry.kind == Entry::Kind::file &&
           entry.path.ends_with(fmt::format("/conf.d/{}", dovecot_file_name));
  }

  void remove(const Entry& entry) {
    if (entry.kind == Entry::Kind::file) remove_file(entry.path);
    if (entry.kind == Entry::Kind::folder) remove_folder(entry.path);
    if (entry.kind == Entry::Kind::state) remove_state(entry.path);
  }
  void remove_file(const std::string& path);
  void remove_folder(const std::string& path);
  void remove_state(const std::string& path);
  void tell_dovecot();

  /// Says how it went; `reason`: errno's value.
  void tell(const std::string& path, int reason) {
    if (reason == 0) {
      removed_ = true;
      site_.say(site_.pretend ? "would go" : "removed", path);
    } else {
      failed_ = true;
      site_.context.complain(fmt::format("setup: {}: {}", path, std::strerror(reason)));
    }
  }
  void leave(const std::string& path, std::string_view why) {
    site_.say("stays", fmt::format("{}: {}", path, why));
  }

  Site& site_;
  bool removed_ = false, failed_ = false;
};

void Undo::remove_file(const std::string& path) {
  if (!site_.pretend) unlink(unfinished(path).c_str());
  const auto text = read_file(path);
  if (!text) {
    site_.context.complain("setup: " + text.error());
    failed_ = true;
  } else if (*text && !site_.record.is_as_made(path, **text)) {
    leave(path, "it was changed since setup made it");
  } else if (*text) {
    tell(path, site_.pretend || unlink(path.c_str()) == 0 ? 0 : errno);
  }
}

void Undo::remove_folder(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(path, error))) return;
  if (site_.pretend || rmdir(path.c_str()) == 0) {
    tell(path, 0);
  } else if (errno == ENOTEMPTY || errno == EEXIST) {
    leave(path, "there is something else in it");
  } else {
    tell(path, errno);
  }
}

void Undo::remove_state(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  if (site_.config.general.log.starts_with(path + "/")) return leave(path, "the log is in it");
  // Root's own folder is none that setup made; a record that was damaged must not cost more.
  if (status.st_uid == 0) return remove_folder(path);
  std::error_code error;
  if (!site_.pretend) fs::remove_all(path, error);
  tell(path, error.value());
}

void Undo::tell_dovecot() {
  const auto dovecot = read_dovecot();
  if (!dovecot) {
    site_.context.complain("setup: Dovecot's configuration has an error: " + dovecot.error());
    failed_ = true;
  } else if (dovecot->is_running()) {
    const auto done = reload();
    if (done) return site_.say("done", "Dovecot has reloaded its configuration");
    site_.context.complain("setup: doveadm reload: " + done.error());
    failed_ = true;
  }
}

}  // namespace

int undo(Site& site) {
  if (!site.record.exists()) {
    site.context.out << "There is nothing that setup has made.\n";
    return exit_good;
  }
  if (!site.pretend) {
    if (const auto done = site.record.open(); !done) {
      site.context.complain("setup: " + done.error());
      return exit_cannot_decide;
    }
  }
  Undo work(site);
  work.run();
  if (site.pretend) {
    site.context.out << "\nNothing was changed.\n";
    return exit_good;
  }
  if (work.failed()) return exit_cannot_decide;
  if (const auto done = site.record.remove(); !done) {
    site.context.complain("setup: " + done.error());
    return exit_cannot_decide;
  }
  return exit_good;
}

}  // namespace badclients::admin::setup
