#include "admin/setup/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "admin/setup/state_files.hpp"
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

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
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
  auto text = base::read_regular(file, most_bytes);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path, text.error()));
  return std::move(*text);
}

std::string unfinished(const std::string& path) {
  return fmt::format("{}/{}", folder_of(path), base::unfinished(name_of(path)));
}

tl::expected<void, std::string> write_file(const Wanted& wanted, base::Put how) {
  const auto folder = base::open_to_read(folder_of(wanted.path), O_DIRECTORY);
  if (folder.is_open() && base::put_file(folder.number(),
                                         {name_of(wanted.path), wanted.text, wanted.mode,
                                          std::pair{wanted.user, wanted.group}},
                                         how)) {
    return {};
  }
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
  if (done)
    done = write_file(wanted, found == Found::older ? base::Put::replacing : base::Put::missing);
  if (!done) return tl::unexpected(done.error());
  Made made{wanted.path, Entry::Kind::file};
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
  made_.push_back({wanted.path, kind});
  return Found::missing;
}

bool Files::changed(const std::string& path) const {
  return std::ranges::any_of(made_, [&](const Made& made) { return made.path == path; });
}

std::optional<std::string> Files::take_back(const Made& made) {
  if (made.before) {
    const auto done = write_file(*made.before, base::Put::replacing);
    return done ? std::nullopt : std::optional(done.error());
  }
  const auto errno_of = [](int result) { return result == 0 ? 0 : errno; };
  const int reason = made.kind == Entry::Kind::state    ? remove_state_folder(made.path)
                     : made.kind == Entry::Kind::folder ? errno_of(rmdir(made.path.c_str()))
                                                        : errno_of(unlink(made.path.c_str()));
  if (reason == 0 || reason == ENOENT) return std::nullopt;
  return fmt::format("{}: {}", made.path, std::strerror(reason));
}

std::vector<std::string> Files::take_back(
    const std::function<bool(const std::string& path)>& which) {
  std::vector<std::string> faults;
  std::vector<Made> left;
  std::for_each(made_.rbegin(), made_.rend(), [&](const Made& made) {
    auto fault = which(made.path) ? take_back(made) : std::nullopt;
    if (!which(made.path) || fault) left.insert(left.begin(), made);
    if (fault) faults.push_back(std::move(*fault));
  });
  made_ = std::move(left);
  return faults;
}

}  // namespace badclients::admin::setup
