#pragma once

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "lists/dependencies.hpp"

namespace badclients::lists {

/// The dependencies of rules, for a process that checks them at each login. Holds lists open: an
/// fstat() tells the same as a stat() by name, in a third of the time.
///
/// An fstat() does not tell that another file has the list's name by now. The folder tells, which
/// is always checked by name; or, if something was mounted over the list, the mounts of this
/// process (proc_pid_mountinfo(5)). So a file is held only if its folder is checked, if it is no
/// symbolic link, and if it is on a file system of this host. At most 128 files are held, and no
/// descriptor above a quarter of those that the process may have.
///
/// While a list is held, its file system cannot be unmounted.
class HeldFiles {
 public:
  /// Holds nothing yet. Make it before the files are checked by name: changes of mounts count from
  /// now on.
  HeldFiles();

  /// Holds the files of `all` that can be held. None of `all` may have changed (has_changed())
  /// since this was made.
  void hold(std::vector<Dependency> all);

  /// Whether any mount has changed: then a name may lead to another file. True also if that cannot
  /// be known (no /proc).
  [[nodiscard]] bool mounts_changed() const;
  /// Whether any of them says, or may say, something else (has_changed()).
  [[nodiscard]] bool have_changed() const;

 private:
  struct File {
    base::Descriptor held;  // not open: checked by name
    Dependency dependency;
  };

  base::Descriptor mounts_;
  std::vector<File> files_;
};

}  // namespace badclients::lists
