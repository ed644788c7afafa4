#include "lists/file.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "base/file.hpp"
#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

using Kind = FileError::Kind;

constexpr std::size_t largest_file = 256U << 20U;
constexpr int most_links = 40;  // as many as the kernel follows

bool is_absence(int error) {
  return error == ENOENT || error == ENOTDIR;
}

/// Why a path could not be opened, by errno.
FileError why_not(const std::string& path) {
  const int error = errno;
  struct stat link {};
  const int unseen = ::lstat(path.c_str(), &link) == 0 ? 0 : errno;
  if (unseen != 0) return {is_absence(unseen) ? Kind::missing : Kind::hidden, std::strerror(error)};
  if (error == ENOTDIR) return {Kind::unusable, std::strerror(error)};
  if (error == ENOENT) return {Kind::failed, "is a symbolic link to something that does not exist"};
  return {Kind::failed, std::strerror(error)};
}

FileError failed_at(std::uint64_t offset) {
  return {Kind::failed, std::strerror(errno), offset};
}

FileError too_large() {
  return {Kind::unusable, fmt::format("is larger than {} MiB", largest_file >> 20U)};
}

tl::expected<base::Descriptor, FileError> open_file(const std::string& path) {
  auto file = base::open_to_read(path);
  if (!file.is_open()) return tl::unexpected(why_not(path));
  struct stat status {};
  const auto unusable = [](std::string reason) {
    return tl::unexpected(FileError{Kind::unusable, std::move(reason)});
  };
  if (::fstat(file.number(), &status) != 0) return tl::unexpected(failed_at(0));
  if (S_ISDIR(status.st_mode)) return unusable("is a folder, where a file should be");
  if (!S_ISREG(status.st_mode)) return unusable("is no regular file");
  if (status.st_size > static_cast<off_t>(largest_file)) return tl::unexpected(too_large());
  return file;
}

/// Why a file that begins like this cannot be a list; empty: it can.
std::string fault_of_text(std::string_view begin) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> marks) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return begin.starts_with(mark); });
  };
  if (is_one_of({"\xff\xfe", "\xfe\xff"})) return "is UTF-16 text: save it as UTF-8";
  const bool compressed =
      is_one_of({"\x1f\x8b", "\x28\xb5\x2f\xfd", "PK\x03\x04", "BZh", "\xfd\x37zXZ"});
  return compressed ? "is compressed: unpack it" : "";
}

}  // namespace

tl::expected<void, FileError> read_pieces(const std::string& path, const TakePiece& take) {
  const auto file = open_file(path);
  if (!file) return tl::unexpected(file.error());
  std::string piece(block_size, '\0');
  for (std::uint64_t offset = 0;;) {
    const auto count = base::read_some_at(file->number(), piece, offset);
    if (count < 0) return tl::unexpected(failed_at(offset));
    if (count == 0) return {};
    const auto text = std::string_view(piece).substr(0, static_cast<std::size_t>(count));
    if (auto fault = offset == 0 ? fault_of_text(text) : ""; !fault.empty()) {
      return tl::unexpected(FileError{Kind::unusable, std::move(fault)});
    }
    offset += text.size();
    if (offset > largest_file) return tl::unexpected(too_large());
    take(text);
  }
}

tl::expected<std::string, FileError> read_file(const std::string& path) {
  std::string text;
  const auto done = read_pieces(path, [&](std::string_view piece) { text += piece; });
  if (!done) return tl::unexpected(done.error());
  return text;
}

std::optional<FileError> try_file(const std::string& path, std::uint64_t offset) {
  const auto file = open_file(path);
  if (!file) return file.error();
  char byte = 0;
  const bool failed = base::read_some_at(file->number(), {&byte, 1}, offset) < 0;
  return failed ? std::optional{failed_at(offset)} : std::nullopt;
}

tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), ::closedir};
  if (!folder) return tl::unexpected(why_not(path));
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return tl::unexpected(failed_at(0));
  std::sort(names.begin(), names.end());
  return names;
}

tl::expected<std::string, FileError> link_target(const std::string& path) {
  std::string target = path;
  std::array<char, PATH_MAX> text{};
  for (int links = 0; links < most_links; ++links) {
    const auto length = ::readlink(target.c_str(), text.data(), text.size());
    if (length < 0 && (errno == EINVAL || is_absence(errno))) return target;
    if (length < 0) return tl::unexpected(why_not(target));
    const std::string_view next(text.data(), static_cast<std::size_t>(length));
    target.erase(next.starts_with('/') ? 0 : target.rfind('/') + 1);
    target += next;
  }
  errno = ELOOP;
  return tl::unexpected(why_not(path));
}

bool is_set_aside(std::string_view name) {
  constexpr std::array suffixes{"~",         ".bak",       ".old",      ".orig",    ".swp",
                                ".tmp",      ".save",      ".disabled", ".off",     ".dpkg-old",
                                ".dpkg-new", ".dpkg-dist", ".dpkg-tmp", ".ucf-old", ".ucf-new",
                                ".ucf-dist", ".rpmnew",    ".rpmsave",  ".rpmorig"};
  return name.starts_with('.') || name.starts_with('#') ||
         std::any_of(suffixes.begin(), suffixes.end(),
                     [&](const char* suffix) { return name.ends_with(suffix); });
}

}  // namespace badclients::lists
