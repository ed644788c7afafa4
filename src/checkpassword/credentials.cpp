#include "checkpassword/credentials.hpp"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>

#include "base/file.hpp"

namespace badclients::checkpassword {

namespace {

constexpr std::size_t most_bytes = 512;

/// What came from the descriptor. The destructor overwrites it.
class Secret {
 public:
  Secret() = default;
  ~Secret() { explicit_bzero(bytes_.data(), bytes_.size()); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  /// Reads until three fields are complete. Returns 0, or the errno of a failed read.
  int fill(int fd) {
    while (!complete() && size_ < bytes_.size()) {
      const auto count = base::read_some(fd, std::span(bytes_).subspan(size_));
      if (count == 0) return 0;
      if (count < 0) return errno;
      size_ += static_cast<std::size_t>(count);
    }
    return 0;
  }
  [[nodiscard]] bool complete() const { return std::ranges::count(view(), '\0') >= 3; }
  [[nodiscard]] bool full() const { return size_ == bytes_.size(); }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, most_bytes> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

tl::expected<std::string, std::string> read_user(int fd) {
  const auto wrong = [fd](std::string_view what) {
    return tl::unexpected(fmt::format("credentials on descriptor {}: {}", fd, what));
  };
  Secret secret;
  const int trouble = secret.fill(fd);
  ::close(fd);
  if (trouble != 0) return wrong(strerror(trouble));
  const auto text = secret.view();
  if (secret.full() && !secret.complete()) return wrong("longer than 512 bytes");
  if (text.empty()) return wrong("empty (expected: user NUL password NUL timestamp NUL)");
  const auto user = text.substr(0, text.find('\0'));
  if (user.size() == text.size()) return wrong("no NUL behind the user name");
  if (text.find('\0', user.size() + 1) == std::string_view::npos) {
    return wrong("no NUL behind the password");
  }
  if (user.empty()) return wrong("the user name is empty");
  return std::string(user);
}

}  // namespace badclients::checkpassword
