#include "admin/update/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace badclients::admin::update {

namespace {

constexpr std::uint64_t width = 30;

std::string size(std::uint64_t bytes) {
  return bytes < 1'000'000 ? fmt::format("{} kB", (bytes + 999) / 1000)
                           : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

Progress::Progress(std::ostream& terminal, std::string name)
    : terminal_(terminal), name_(std::move(name)) {}

Progress::~Progress() {
  if (!shown_.empty()) terminal_ << "\r\x1b[K" << std::flush;  // ECMA-48: erase to the line's end
}

void Progress::show(std::uint64_t now, std::uint64_t total) {
  if (now == 0) return;
  auto line = fmt::format("{}: {}", name_, size(now));
  if (total != 0) {
    const auto done = std::min(now, total) * width / total;
    line = fmt::format("{}: [{:#<{}}{:.<{}}] {} of {}", name_, "", done, "", width - done,
                       size(now), size(total));
  }
  if (line == shown_) return;
  shown_ = line;
  terminal_ << '\r' << line << "\x1b[K" << std::flush;
}

}  // namespace badclients::admin::update
