#include "admin/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.hpp"

namespace badclients::admin {

namespace {

constexpr std::string_view erase = "\r\x1b[K";

}  // namespace

std::string progress_text(std::size_t done, std::size_t all, std::string_view what) {
  constexpr std::size_t width = 20;
  const auto filled = std::min(width, width * done / std::max<std::size_t>(all, 1));
  return fmt::format("[{}{}] {}/{} {}", std::string(filled, '#'), std::string(width - filled, '.'),
                     done, all, what);
}

ProgressBar::ProgressBar(std::size_t all)
    : all_(all), seen_(all > 1 && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (seen_) base::write_all(STDERR_FILENO, erase);
}

void ProgressBar::show(std::size_t done, std::string_view what) const {
  if (!seen_) return;
  base::write_all(STDERR_FILENO, std::string(erase) + progress_text(done, all_, what));
}

}  // namespace badclients::admin
