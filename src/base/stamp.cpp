#include "base/stamp.hpp"

#include <sys/stat.h>

#include <ctime>

namespace badclients::base {

namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// Longer than the step of the kernel's clock (10 ms at most), of exFAT's (10 ms).
constexpr nanoseconds fine_step = 250ms;
/// Longer than the step of FAT's (2 s), of ext3's (1 s), which have no fractions.
constexpr nanoseconds coarse_step = 3s;

std::int64_t count(const timespec& time) {
  return nanoseconds(std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec)).count();
}

Stamp stamp_from(const struct stat& status) {
  return {status.st_dev,  status.st_ino,         static_cast<std::uint64_t>(status.st_size),
          status.st_mode, count(status.st_mtim), count(status.st_ctim)};
}

bool is_near(std::int64_t written, const Moment& taken) {
  const nanoseconds time{written};
  const auto step = time % 1s == 0s ? coarse_step : fine_step;
  // What is dated far in the future is another date when it is written again.
  return time >= taken.begin.time_since_epoch() - step &&
         time <= taken.end.time_since_epoch() + step;
}

}  // namespace

std::optional<Stamp> stamp_of(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 ? std::optional{stamp_from(status)} : std::nullopt;
}

std::optional<Stamp> stamp_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? std::optional{stamp_from(status)} : std::nullopt;
}

bool is_racy(const Stamp& stamp, const Moment& taken) {
  return is_near(stamp.changed, taken) || is_near(stamp.modified, taken);
}

Seen Seen::at(const char* path) {
  const auto begin = std::chrono::system_clock::now();
  const auto stamp = stamp_of(path);
  Seen seen;
  if (!stamp || !S_ISREG(stamp->mode)) return seen;
  if (!is_racy(*stamp, {begin, std::chrono::system_clock::now()})) seen.stamp_ = stamp;
  return seen;
}

bool Seen::holds(const char* path) const {
  return stamp_ && stamp_of(path) == stamp_;
}

}  // namespace badclients::base
