#include "logs/files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/text.hpp"

namespace badclients::logs {

namespace {

constexpr std::array<std::string_view, 5> packed_endings{".gz", ".xz", ".zst", ".bz2", ".lz4"};

std::string_view without_packing(std::string_view name) {
  for (const auto ending : packed_endings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

/// "1", "20261101", "2026-11-01-1700000000"
bool is_number_or_date(std::string_view text) {
  return !text.empty() && base::is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return base::is_digit(c) || base::is_one_of(c, "-_"); });
}

std::optional<facts::Time> modified(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return std::nullopt;
  return std::chrono::system_clock::from_time_t(status.st_mtime);
}

}  // namespace

bool is_rotated(std::string_view log, std::string_view name) {
  auto rest = without_packing(name);
  if (rest == log) return rest != name;
  const std::filesystem::path whole{log};
  const auto stem = whole.stem().string(), extension = whole.extension().string();
  const auto marked = [](std::string_view text) {
    return (text.starts_with('.') || text.starts_with('-')) && is_number_or_date(text.substr(1));
  };
  if (rest.starts_with(log)) return marked(rest.substr(log.size()));
  if (extension.empty() || !rest.starts_with(stem) || !rest.ends_with(extension)) return false;
  rest.remove_prefix(stem.size());
  return rest.size() > extension.size() && marked(rest.substr(0, rest.size() - extension.size()));
}

std::vector<LogFile> with_rotated(const std::string& path, std::optional<facts::Time> since) {
  const auto folder = path.substr(0, path.rfind('/') + 1);  // npos + 1 is 0
  const auto log = path.substr(folder.size());
  std::set<std::string> names;
  if (modified(path)) names.insert(log);
  std::error_code error;
  for (std::filesystem::directory_iterator entries{folder.empty() ? "." : folder, error}, end;
       !error && entries != end; entries.increment(error)) {
    auto name = entries->path().filename().string();
    if (is_rotated(log, name)) names.insert(std::move(name));
  }
  std::vector<LogFile> files;
  for (const auto& name : names) {
    const std::string unpacked{without_packing(name)};
    if (unpacked != name && names.contains(unpacked)) continue;
    const auto time = modified(folder + name);
    if (time && (name == log || !since || *time >= *since)) files.push_back({folder + name, *time});
  }
  std::sort(files.begin(), files.end(), [](const LogFile& a, const LogFile& b) {
    return a.modified != b.modified ? a.modified < b.modified : a.path > b.path;
  });
  return files;
}

}  // namespace badclients::logs
