#include "lists/sources.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "lists/blocks.hpp"

namespace badclients::lists {

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

bool is_near(std::int64_t written, const Moment& taken) {
  const nanoseconds time{written};
  const auto step = time % 1s == 0s ? coarse_step : fine_step;
  // What is dated far in the future is another date when it is written again.
  return time >= taken.begin.time_since_epoch() - step &&
         time <= taken.end.time_since_epoch() + step;
}

std::uint64_t number_for(const std::string& text) {
  return fast_hash(text);
}

std::uint64_t number_for(const std::vector<std::string>& names) {
  std::uint64_t state = fast_hash({});
  for (const auto& name : names) {
    if (is_set_aside(name) || name.starts_with(index_name) || name.starts_with("cache.db")) {
      continue;
    }
    state = fast_hash(name, state);
  }
  return state;
}

}  // namespace

std::optional<Stamp> stamp_of(const char* path) {
  struct stat status {};
  if (::stat(path, &status) != 0) return std::nullopt;
  return Stamp{status.st_dev,  status.st_ino,         static_cast<std::uint64_t>(status.st_size),
               status.st_mode, count(status.st_mtim), count(status.st_ctim)};
}

bool is_racy(const Stamp& stamp, const Moment& taken) {
  return is_near(stamp.changed, taken) || is_near(stamp.modified, taken);
}

std::optional<std::uint64_t> content_of(SourceKind kind, const std::string& path) {
  switch (kind) {
    case SourceKind::file: {
      const auto text = read_file(path);
      return text ? std::optional(number_for(*text)) : std::nullopt;
    }
    case SourceKind::folder: {
      const auto names = folder_names(path);
      return names ? std::optional(number_for(*names)) : std::nullopt;
    }
    case SourceKind::missing: {
      struct stat link {};
      return ::lstat(path.c_str(), &link) == 0 ? 1 : 0;
    }
    case SourceKind::real_path: {
      const std::unique_ptr<char, void (*)(void*)> real{::realpath(path.c_str(), nullptr), ::free};
      return fast_hash(real ? real.get() : "");
    }
    case SourceKind::unreadable:
      break;
  }
  return std::nullopt;
}

template <class Reading>
auto Sources::read(SourceKind kind, const std::string& path, bool required, Reading reading) {
  // The stamp first: what is written after it shows in the next one.
  const auto begin = clock_();
  const auto stamp = stamp_of(path.c_str());
  const bool racy = stamp && is_racy(*stamp, {begin, clock_()});
  auto result = reading(path);
  if (!stamp) {
    if (required || result || !result.error().missing) missing(path);
  } else if (!result) {
    all_.push_back({path, SourceKind::unreadable, racy, *stamp, 0});
  } else {
    all_.push_back({path, kind, racy, *stamp, number_for(*result)});
  }
  return result;
}

tl::expected<std::string, FileError> Sources::read_file(const std::string& path, bool required) {
  return read(SourceKind::file, path, required, lists::read_file);
}

tl::expected<std::vector<std::string>, FileError> Sources::folder_names(const std::string& path,
                                                                        bool required) {
  return read(SourceKind::folder, path, required, lists::folder_names);
}

void Sources::missing(const std::string& path) {
  all_.push_back({path, SourceKind::missing, false, {}, *content_of(SourceKind::missing, path)});
}

void Sources::real_path(const std::string& path) {
  const auto same = [&](const Source& source) {
    return source.kind == SourceKind::real_path && source.path == path;
  };
  if (std::any_of(all_.begin(), all_.end(), same)) return;
  all_.push_back(
      {path, SourceKind::real_path, false, {}, *content_of(SourceKind::real_path, path)});
}

}  // namespace badclients::lists
