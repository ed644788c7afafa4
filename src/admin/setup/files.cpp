#include "admin/setup/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.hpp"

namespace badclients::admin::setup {

namespace {

constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;

tl::unexpected<std::string> fault(const std::string& path) {
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

std::string folder_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

/// A new name in a folder outlives a crash.
void settle(const std::string& path) {
  const auto folder = base::open_to_read(folder_of(path), O_DIRECTORY);
  if (folder.is_open()) fsync(folder.number());
}

}  // namespace

tl::expected<std::optional<std::string>, std::string> read_file(const std::string& path) {
  const auto file = base::open_to_read(path);
  if (!file.is_open()) {
    // A link that leads nowhere is somebody's, too.
    struct stat status {};
    if (errno == ENOENT && lstat(path.c_str(), &status) != 0) return std::nullopt;
    return fault(path);
  }
  auto text = base::read_to_end(file.number(), most_bytes);
  if (text) return std::move(*text);
  errno = text.error();
  return fault(path);
}

std::string unfinished(const std::string& path) {
  const auto folder = folder_of(path);
  return fmt::format("{}/.{}.new", folder, path.substr(path.rfind('/') + 1));
}

tl::expected<void, std::string> write_file(const Wanted& wanted, bool replace) {
  const auto fresh = unfinished(wanted.path);
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) return fault(fresh);
  const base::Descriptor file{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  const bool written = file.is_open() && base::write_all(file.number(), wanted.text) &&
                       fchown(file.number(), wanted.user, wanted.group) == 0 &&
                       fchmod(file.number(), wanted.mode) == 0 && fsync(file.number()) == 0;
  if (written && (replace ? rename(fresh.c_str(), wanted.path.c_str())
                          : link(fresh.c_str(), wanted.path.c_str())) == 0) {
    if (!replace) unlink(fresh.c_str());
    settle(wanted.path);
    return {};
  }
  const int reason = errno;
  if (file.is_open()) unlink(fresh.c_str());
  errno = reason;
  return fault(wanted.path);
}

tl::expected<Found, std::string> Files::file(const Wanted& wanted) {
  const auto there = read_file(wanted.path);
  if (!there) return tl::unexpected(there.error());
  auto found = Found::missing;
  if (*there) {
    found = !record_.has(Entry::Kind::file, wanted.path) ? Found::foreign
            : !record_.is_as_made(wanted.path, **there)  ? Found::changed
            : **there == wanted.text                     ? Found::as_made
                                                         : Found::older;
  }
  if (pretend_ || found == Found::foreign) return found;
  // What a run that was killed has left.
  unlink(unfinished(wanted.path).c_str());
  if (found == Found::as_made || found == Found::changed) return found;
  auto done = record_.add({Entry::Kind::file, wanted.path, fingerprint(wanted.text)});
  if (done) done = write_file(wanted, found == Found::older);
  if (!done) return tl::unexpected(done.error());
  Made made{wanted.path};
  if (found == Found::older) {
    made.before = wanted;
    made.before->text = **there;
  }
  made_.push_back(std::move(made));
  return found;
}

tl::expected<Found, std::string> Files::folder(const Wanted& wanted, Entry::Kind kind) {
  struct stat status {};
  if (stat(wanted.path.c_str(), &status) == 0) {
    if (!S_ISDIR(status.st_mode)) {
      errno = ENOTDIR;
      return fault(wanted.path);
    }
    if (!record_.has(kind, wanted.path)) return Found::foreign;
    // A run that was killed can have left it as root's.
    const bool finished = status.st_uid == wanted.user || kind != Entry::Kind::state;
    if (finished) return Found::as_made;
  } else if (errno != ENOENT) {
    return fault(wanted.path);
  }
  if (pretend_) return Found::missing;
  if (const auto done = record_.add({kind, wanted.path}); !done) {
    return tl::unexpected(done.error());
  }
  if (mkdir(wanted.path.c_str(), wanted.mode) != 0 && errno != EEXIST) return fault(wanted.path);
  const auto folder = base::open_to_read(wanted.path, O_DIRECTORY | O_NOFOLLOW);
  if (!folder.is_open() || fchown(folder.number(), wanted.user, wanted.group) != 0) {
    return fault(wanted.path);
  }
  settle(wanted.path);
  made_.push_back({wanted.path, true});
  return Found::missing;
}

void Files::take_back() {
  std::for_each(made_.rbegin(), made_.rend(), [&](const Made& made) {
    if (made.before) {
      write_file(*made.before, true);
    } else if (made.is_folder) {
      rmdir(made.path.c_str());
    } else {
      unlink(made.path.c_str());
    }
  });
  made_.clear();
}

}  // namespace badclients::admin::setup
