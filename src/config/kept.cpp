#include "config/kept.hpp"

namespace badclients::config {

const tl::expected<Loaded, Problem>& Kept::load(const std::string& path) {
  const bool holds = loaded_ && *loaded_ && path == path_ && seen_.holds(path.c_str());
  if (!holds) {
    seen_ = base::Seen::at(path.c_str());
    path_ = path;
    loaded_.emplace(config::load(path));
  }
  return *loaded_;
}

}  // namespace badclients::config
