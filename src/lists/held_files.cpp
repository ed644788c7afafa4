#include "lists/held_files.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace badclients::lists {

namespace {

using base::Descriptor;

constexpr int most_held = 128;

/// The first descriptor that is too high to be held: three quarters of those that the process may
/// have stay free for what a login opens.
int first_too_high() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 4096) / 4);
}

/// Whether only this host's kernel changes the file, and so knows each change. A file that another
/// host or process serves (NFS, FUSE) is asked for anew at a stat() by name, but not always at an
/// fstat().
bool is_on_local_file_system(const Descriptor& file) {
  struct statfs system {};
  if (::fstatfs(file.number(), &system) != 0) return false;
  constexpr std::array<std::uint32_t, 6> local{EXT4_SUPER_MAGIC,  XFS_SUPER_MAGIC,
                                               BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                               TMPFS_MAGIC,       OVERLAYFS_SUPER_MAGIC};
  return std::ranges::find(local, static_cast<std::uint32_t>(system.f_type)) != local.end();
}

bool is_sure(const Dependency& dependency) {
  return dependency.kind == DependencyKind::seen && !dependency.racy;
}

/// "/a" of "/a/b"
std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

/// Opens the file to hold it. Not open: it is another file than `file`, a symbolic link, not on a
/// local file system, or its descriptor is too high.
Descriptor open_to_hold(const Dependency& file, int too_high) {
  Descriptor descriptor{::open(file.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (descriptor.number() >= too_high || stamp_of(descriptor.number()) != file.stamp ||
      !is_on_local_file_system(descriptor)) {
    descriptor.close();
  }
  return descriptor;
}

}  // namespace

HeldFiles::HeldFiles() : mounts_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {}

void HeldFiles::hold(std::vector<Dependency> all) {
  std::vector<std::string> folders;
  for (const auto& one : all) {
    if (is_sure(one) && S_ISDIR(one.stamp.mode)) folders.push_back(one.path);
  }
  const int too_high = first_too_high();
  int held = 0;
  for (auto& one : all) {
    const bool may_be_held = held < most_held && is_sure(one) && S_ISREG(one.stamp.mode) &&
                             std::ranges::find(folders, folder_of(one.path)) != folders.end();
    auto descriptor = may_be_held ? open_to_hold(one, too_high) : Descriptor{};
    held += descriptor.is_open() ? 1 : 0;
    files_.push_back({std::move(descriptor), std::move(one)});
  }
}

bool HeldFiles::mounts_changed() const {
  pollfd mounts{mounts_.number(), POLLPRI, 0};
  return !mounts_.is_open() || ::poll(&mounts, 1, 0) != 0;
}

bool HeldFiles::have_changed() const {
  return std::ranges::any_of(files_, [](const File& file) {
    const auto& dependency = file.dependency;
    return file.held.is_open() ? stamp_of(file.held.number()) != dependency.stamp
                               : has_changed(dependency, dependency.path.c_str());
  });
}

}  // namespace badclients::lists
