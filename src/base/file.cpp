#include "base/file.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace badclients::base {

namespace {

/// What `call` returns once no signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// `write` takes what is left, and returns how much of it was written.
template <class Write>
bool write_with(Write write, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = uninterrupted([&] { return write(bytes); });
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Descriptor open_to_read(const std::string& path, int flags, int folder) {
  constexpr int all = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  return Descriptor{::openat(folder, path.c_str(), all | flags)};
}

ssize_t read_some(int descriptor, std::span<char> into) {
  return uninterrupted([&] { return ::read(descriptor, into.data(), into.size()); });
}

ssize_t read_some_at(int descriptor, std::span<char> into, std::uint64_t offset) {
  return uninterrupted(
      [&] { return ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset)); });
}

ssize_t read_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset) {
  std::size_t length = 0;
  while (length < size) {
    const auto count = read_some_at(descriptor, {bytes + length, size - length}, offset + length);
    if (count < 0) return -1;
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(length);
}

tl::expected<std::string, int> read_to_end(int descriptor, std::size_t most) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const auto count = read_some(descriptor, buffer);
    if (count == 0) return text;
    if (count < 0) return tl::unexpected(errno);
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > most) return tl::unexpected(EFBIG);
  }
}

bool write_all(int descriptor, std::string_view bytes) {
  return write_with([&](auto left) { return ::write(descriptor, left.data(), left.size()); },
                    bytes);
}

bool write_all_at(int descriptor, std::string_view bytes, std::uint64_t offset) {
  const auto end = offset + bytes.size();
  return write_with(
      [&](auto left) {
        return ::pwrite(descriptor, left.data(), left.size(),
                        static_cast<off_t>(end - left.size()));
      },
      bytes);
}

bool lock(int descriptor, int how) {
  return uninterrupted([&] { return ::flock(descriptor, how); }) == 0;
}

}  // namespace badclients::base
