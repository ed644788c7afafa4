// undo: removes what set_up() has made.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <vector>

#include "admin/setup/files.hpp"
#include "admin/setup/site.hpp"
#include "admin/setup/state_files.hpp"

namespace badclients::admin::setup {

namespace {

namespace fs = std::filesystem;

class Undo {
 public:
  explicit Undo(Site& site) : site_(site) {}

  /// Dovecot's file goes first, and Dovecot is told. What badclients needs goes when Dovecot asks
  /// it no more: a program without its files lets everybody in.
  int run();

 private:
  static bool is_dovecots(const Entry& entry) {
    return entry.kind == Entry::Kind::file &&
           entry.path.ends_with(fmt::format("/conf.d/{}", dovecot_file_name));
  }

  void remove(const Entry& entry) {
    using enum Entry::Kind;
    if (entry.kind == file) remove_file(entry.path);
    if (entry.kind == folder || entry.kind == state) remove_folder(entry.path, entry.kind);
  }
  void remove_file(const std::string& path);
  void remove_folder(const std::string& path, Entry::Kind kind);
  /// Whether nothing is left in it once what the record names has gone.
  [[nodiscard]] bool becomes_empty(const std::string& path, Entry::Kind kind) const;
  /// What is left in it: ": asn.deny.lst, clients/mine.client, clients/spark.client and 3 more".
  [[nodiscard]] std::string some_left_in(const std::string& path) const;
  /// `had_file`: it may work with a file that is gone now. Error: why it may go on to ask
  /// badclients.
  tl::expected<void, std::string> free_dovecot(bool had_file);

  /// Says how it went; `reason`: errno's value.
  void tell(const std::string& path, int reason) {
    if (reason == 0) {
      gone_.insert(fs::path(path).lexically_normal());
      site_.say(site_.pretend ? "would go" : "removed", path);
    } else {
      failed_ = true;
      site_.complain(fmt::format("{}: {}", path, std::strerror(reason)));
    }
  }
  void leave(const std::string& path, std::string_view why) {
    left_ = true;
    site_.say("stays", path, std::string(why));
  }
  int stop(const std::string& why) {
    site_.complain(
        fmt::format("{}: all else stays, as Dovecot may go on to ask badclients; mend that, and "
                    "run 'badclientsctl setup --undo' again",
                    why));
    return exit_bad;
  }

  Site& site_;
  std::set<fs::path> gone_;  ///< what was removed, or would be
  bool left_ = false, failed_ = false;
};

int Undo::run() {
  // A file that was renewed has an entry for each of its texts.
  std::vector<Entry> entries;
  for (const auto& entry : site_.record.entries()) {
    const auto same = [&](const Entry& other) { return other.path == entry.path; };
    if (std::ranges::none_of(entries, same)) entries.push_back(entry);
  }
  bool had_file = false;
  for (const auto& entry : entries) {
    if (!is_dovecots(entry)) continue;
    had_file = true;
    remove(entry);
    if (left_ || failed_) return stop(entry.path + " is still there");
  }
  const bool still_reads_it = site_.pretend && !gone_.empty();
  if (!still_reads_it) {
    if (const auto done = free_dovecot(had_file); !done) return stop(done.error());
  }
  std::for_each(entries.rbegin(), entries.rend(), [&](const Entry& entry) {
    if (!is_dovecots(entry)) remove(entry);
  });
  return failed_ ? exit_cannot_decide : exit_good;
}

void Undo::remove_file(const std::string& path) {
  if (!site_.pretend) unlink(unfinished(path).c_str());
  const auto text = read_file(path);
  if (!text) {
    site_.complain(text.error());
    failed_ = true;
  } else if (*text && !site_.record.is_as_made(path, **text)) {
    leave(path, "it was changed since setup made it");
  } else if (*text) {
    tell(path, site_.pretend || unlink(path.c_str()) == 0 ? 0 : errno);
  }
}

void Undo::remove_folder(const std::string& path, Entry::Kind kind) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(path, error))) return;
  int reason = 0;
  if (site_.pretend) {
    reason = becomes_empty(path, kind) ? 0 : ENOTEMPTY;
  } else if (kind == Entry::Kind::state) {
    reason = remove_state_folder(path);
  } else if (rmdir(path.c_str()) != 0) {
    reason = errno;
  }
  if (reason == ENOTEMPTY || reason == EEXIST) {
    leave(path, "there is something else in it" + some_left_in(path));
  } else {
    tell(path, reason);
  }
}

bool Undo::becomes_empty(const std::string& path, Entry::Kind kind) const {
  std::error_code none;
  const fs::directory_iterator inside(path, none);
  return std::all_of(begin(inside), end(inside), [&](const fs::directory_entry& each) {
    return gone_.contains(each.path().lexically_normal()) ||
           (kind == Entry::Kind::state && goes_with_state_folder(each.path()));
  });
}

std::string Undo::some_left_in(const std::string& path) const {
  constexpr std::size_t most_named = 3;
  std::vector<std::string> names;
  std::error_code none;
  for (fs::recursive_directory_iterator each(path, none), end; each != end; each.increment(none)) {
    const bool is_folder = fs::is_directory(each->symlink_status(none));
    if (is_folder && !fs::is_empty(each->path(), none)) continue;  // what is in it is named
    if (gone_.contains(each->path().lexically_normal()) || goes_with_state_folder(each->path())) {
      continue;
    }
    names.push_back(each->path().lexically_relative(path).string());
  }
  std::ranges::sort(names);
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) {
    text += (i == 0 ? ": " : ", ") + names[i];
  }
  if (names.size() > most_named) text += fmt::format(" and {} more", names.size() - most_named);
  return text;
}

tl::expected<void, std::string> Undo::free_dovecot(bool had_file) {
  if (find_program("doveconf").empty()) return {};
  const auto dovecot = read_dovecot();
  if (!dovecot) {
    return tl::unexpected("Dovecot's configuration has an error: " + dovecot.error());
  }
  if (dovecot->asks_badclients()) {
    return tl::unexpected(
        fmt::format("another file of Dovecot's runs badclients ('grep -rn badclients {}' finds it)",
                    dovecot->folder()));
  }
  if (site_.pretend || !had_file || !dovecot->is_running()) return {};
  if (const auto done = reload(); !done) return tl::unexpected("doveadm reload: " + done.error());
  site_.say("done", "", "Dovecot has reloaded its configuration");
  return {};
}

}  // namespace

int undo(Site& site) {
  if (!site.record.exists()) {
    site.print("There is nothing that setup has made.\n");
    return exit_good;
  }
  if (!site.pretend) {
    if (const auto done = site.record.open(); !done) {
      site.complain(done.error());
      return exit_cannot_decide;
    }
  }
  const int code = Undo(site).run();
  if (site.pretend) site.print("\nNothing was changed.\n");
  if (site.pretend || code != exit_good) return code;
  if (const auto done = site.record.remove(); !done) {
    site.complain(done.error());
    return exit_cannot_decide;
  }
  return exit_good;
}

}  // namespace badclients::admin::setup
