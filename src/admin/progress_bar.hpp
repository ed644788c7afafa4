#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace badclients::admin {

/// "[#####.....] 12/40 192.0.2.1" on standard error, where that is a terminal and there is more
/// than one thing to do. It is gone when this ends.
class ProgressBar {
 public:
  explicit ProgressBar(std::size_t all);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// So many are done; `what` is next.
  void show(std::size_t done, std::string_view what) const;

 private:
  std::size_t all_;
  bool seen_;
};

/// The bar alone.
std::string progress_text(std::size_t done, std::size_t all, std::string_view what);

}  // namespace badclients::admin
