#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/config.hpp"

namespace badclients::config {

namespace {

/// Far more than any configuration needs; a larger file is another file by mistake.
constexpr std::size_t most_bytes = 1024 * 1024;

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

std::string reason() {
  return std::strerror(errno);
}

tl::expected<std::string, std::string> read_all(int file) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const auto count = ::read(file, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(reason());
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > most_bytes) return tl::unexpected(std::string("larger than 1 MiB"));
  }
}

tl::expected<std::string, std::string> read_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for somebody who writes to it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return tl::unexpected(reason());
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return tl::unexpected(reason());
  if (S_ISDIR(status.st_mode)) return tl::unexpected(std::string("is a directory"));
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
    return tl::unexpected(std::string("is not a regular file"));
  }
  return read_all(file.get());
}

}  // namespace

tl::expected<Loaded, std::string> load(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path, text.error()));
  return parse(*text, path);
}

}  // namespace badclients::config
