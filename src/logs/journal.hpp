#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/descriptor.hpp"
#include "logs/login.hpp"

namespace badclients::logs {

/// journalctl(1), which prints the lines that may be the writer's about logins, each behind its
/// time. Waits for its end when it ends itself.
class Journal {
 public:
  /// `options`: further ones, each with a blank before it, for the shell.
  explicit Journal(const std::string& options, Writer writer = Writer::badclients);

  /// Not open where it cannot be run.
  [[nodiscard]] base::Descriptor lines() const;

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> program_;
};

}  // namespace badclients::logs
