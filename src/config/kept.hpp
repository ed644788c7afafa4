#pragma once

#include <optional>
#include <string>

#include "base/stamp.hpp"
#include "config/config.hpp"

namespace badclients::config {

/// The configuration, as a process keeps it from one login to the next.
class Kept {
 public:
  /// As config::load. The file is read where it was not read before, or may have changed since.
  /// What is returned is valid until the next call.
  const tl::expected<Loaded, Problem>& load(const std::string& path);

 private:
  std::string path_;
  base::Seen seen_;
  std::optional<tl::expected<Loaded, Problem>> loaded_;
};

}  // namespace badclients::config
