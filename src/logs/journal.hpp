#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/descriptor.hpp"

namespace badclients::logs {

/// journalctl(1), which prints the lines of Dovecot and badclients that may be audit lines, each
/// behind its time. Waits for its end when it ends itself.
class Journal {
 public:
  /// `options`: further ones, each with a blank before it, for the shell.
  explicit Journal(const std::string& options);

  /// Not open where it cannot be run.
  [[nodiscard]] base::Descriptor lines() const;

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> program_;
};

}  // namespace badclients::logs
