#include "lists/held_files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace badclients::lists {

namespace {

using base::Descriptor;

/// How many: a process may have few descriptors.
constexpr int most_held = 128;

bool is_sure(const Dependency& dependency) {
  return dependency.kind == DependencyKind::seen && !dependency.racy;
}

/// "/a" of "/a/b"
std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

/// Not open where it is another file than `file`, or a symbolic link.
Descriptor open_same(const Dependency& file) {
  Descriptor descriptor{::open(file.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (stamp_of(descriptor.number()) != file.stamp) descriptor.close();
  return descriptor;
}

}  // namespace

HeldFiles::HeldFiles() : mounts_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {}

void HeldFiles::hold(std::vector<Dependency> all) {
  std::vector<std::string> folders;
  for (const auto& one : all) {
    if (is_sure(one) && S_ISDIR(one.stamp.mode)) folders.push_back(one.path);
  }
  int held = 0;
  for (auto& one : all) {
    const bool may_be_held = held < most_held && is_sure(one) && S_ISREG(one.stamp.mode) &&
                             std::ranges::find(folders, folder_of(one.path)) != folders.end();
    auto descriptor = may_be_held ? open_same(one) : Descriptor{};
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
