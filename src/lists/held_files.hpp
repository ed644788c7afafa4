#pragma once

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "lists/dependencies.hpp"

namespace badclients::lists {

/// What rules were read from, as a process looks at it again and again. Lists are held open, so
/// that an fstat() tells what a stat() by name would, in a third of the time.
///
/// That another file has a list's name by now shows in the folder, and a folder is always looked at
/// by name; or in the mounts of this process (proc_pid_mountinfo(5)): something may be mounted over
/// a list. So only what lies in a folder that is looked at, is no symbolic link, and lies on a file
/// system of this host's is held: at most 128 files, and a quarter of the descriptors that the
/// process may have.
///
/// The file system of a list that is held cannot be unmounted.
class HeldFiles {
 public:
  /// Holds nothing. To be made before what is held is looked at by name: from now on mounts count.
  HeldFiles();

  /// Holds what there is of `all`, of which none has changed (has_changed()) since this was made.
  void hold(std::vector<Dependency> all);

  /// Whether any mount has changed: what is held may no longer be what its name leads to. Also
  /// where there is no telling (no /proc).
  [[nodiscard]] bool mounts_changed() const;
  /// Whether one of all says, or may say, something else (has_changed()).
  [[nodiscard]] bool have_changed() const;

 private:
  struct File {
    base::Descriptor held;  // not open: it is looked at by name
    Dependency dependency;
  };

  base::Descriptor mounts_;
  std::vector<File> files_;
};

}  // namespace badclients::lists
