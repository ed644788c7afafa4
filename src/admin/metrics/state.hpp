#pragma once

#include <string>

#include <tl/expected.hpp>

#include "admin/metrics/counters.hpp"
#include "base/descriptor.hpp"
#include "logs/follow.hpp"

namespace badclients::admin::metrics {

/// What was counted, and up to where: state_path/metrics, mode 0600, a JSON object. Both are
/// written at once, so that a run that is killed has counted nothing, or everything once. As long
/// as this lives, other processes wait for it.
class State {
 public:
  /// Error: why it cannot be used; what is in it is no state.
  static tl::expected<State, std::string> open(const std::string& state_path);

  Counters counters;
  logs::Bookmarks bookmarks;

  /// Error: why it cannot be kept; what was there stays.
  tl::expected<void, std::string> save();

 private:
  std::string folder_;
  base::Descriptor lock_;
};

}  // namespace badclients::admin::metrics
