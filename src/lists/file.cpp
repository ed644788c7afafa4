#include "lists/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace badclients::lists {

namespace {

constexpr std::size_t largest_file = 256U << 20U;
constexpr std::size_t longest_line = 4096;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

// What cannot even be seen, because a folder above it is missing, is closed, or is none, counts as
// missing: the trouble is that folder's, and is reported there, once.
tl::unexpected<FileError> failed(const std::string& path) {
  const int error = errno;
  struct stat link {};
  const bool missing = ::lstat(path.c_str(), &link) != 0;
  if (error == ENOENT && !missing) {
    return tl::unexpected(FileError{false, "is a symbolic link to something that does not exist"});
  }
  return tl::unexpected(FileError{missing, std::strerror(error)});
}

tl::unexpected<FileError> refused(std::string reason) {
  return tl::unexpected(FileError{false, std::move(reason)});
}

}  // namespace

tl::expected<std::string, FileError> read_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for somebody who writes to it.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return failed(path);
  if (S_ISDIR(status.st_mode)) return refused("is a folder, where a file should be");
  if (!S_ISREG(status.st_mode)) return refused("is no regular file");

  const auto too_large = [] {
    return refused(fmt::format("is larger than {} MiB", largest_file >> 20U));
  };
  if (status.st_size > static_cast<off_t>(largest_file)) return too_large();
  // One byte more than the file has, so that its end shows in the same call.
  std::string text(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t length = 0;
  while (true) {
    const auto count = ::read(file.get(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
    if (length > largest_file) return too_large();
    if (length == text.size()) text.resize(2 * text.size());  // it grew under our hands
  }
  text.resize(length);
  return text;
}

tl::expected<std::vector<std::string>, FileError> folder_names(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), ::closedir};
  if (!folder) return failed(path);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return failed(path);
  std::sort(names.begin(), names.end());
  return names;
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

std::optional<std::string> text_fault(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return "is UTF-16 text, which cannot be read here: save it as UTF-8";
  }
  return std::nullopt;
}

LineReader::LineReader(std::string_view text)
    : rest_(text), end_of_line_(text.find('\n') == std::string_view::npos ? '\r' : '\n') {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

std::optional<Line> LineReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto end = rest_.find(end_of_line_);
  auto text = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  while (text.ends_with('\r')) text.remove_suffix(1);
  return Line{++number_, text};
}

std::optional<std::string> line_fault(std::string_view line) {
  if (line.size() > longest_line) {
    return fmt::format("the line is longer than {} bytes", longest_line);
  }
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      return fmt::format("the line has a control character in it (byte 0x{:02x})", byte);
    }
  }
  return std::nullopt;
}

}  // namespace badclients::lists
