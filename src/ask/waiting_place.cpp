#include "ask/waiting_place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/hash.hpp"
#include "base/state_file.hpp"

namespace badclients::ask {

namespace {

constexpr const char* file_name = "waiting.lock";

/// Where the bytes are: the host's at 0, the users' and the blocks' from these two offsets on,
/// most_waiting_of_one bytes for each user and block.
constexpr std::uint64_t users = std::uint64_t{1} << 61U, blocks = std::uint64_t{1} << 62U;

std::uint64_t place_of(std::uint64_t begin, std::string_view text) {
  return begin + base::hash(text) % (std::uint64_t{1} << 58U) * most_waiting_of_one;
}

enum class Locked : std::uint8_t { yes, all_taken, impossible };

/// Locks one of the `count` bytes from `begin` on. Each process starts at another one.
Locked lock_one(int descriptor, std::uint64_t begin, unsigned count) {
  const auto first = static_cast<unsigned>(getpid());
  for (unsigned i = 0; i < count; ++i) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(begin + (first + i) % count);
    lock.l_len = 1;
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0) return Locked::yes;
    if (errno != EAGAIN && errno != EACCES) return Locked::impossible;
  }
  return Locked::all_taken;
}

}  // namespace

tl::expected<WaitingPlace, std::string> WaitingPlace::take(const std::string& state_path,
                                                           std::string_view user,
                                                           const net::Network& block) {
  auto file = base::open_state_file(state_path, file_name);
  const auto uncounted = [&] {
    return tl::unexpected(fmt::format("those who wait cannot be counted: {}/{}: {}", state_path,
                                      file_name, std::strerror(errno)));
  };
  if (!file.is_open()) return uncounted();
  struct Count {
    std::uint64_t begin;
    unsigned most;
    std::string whose;
  };
  const auto text = block.str();
  for (const auto& [begin, most, whose] :
       {Count{place_of(users, user), most_waiting_of_one, "of this user "},
        Count{place_of(blocks, text), most_waiting_of_one, fmt::format("from {} ", text)},
        Count{0, most_waiting, ""}}) {
    switch (lock_one(file.number(), begin, most)) {
      case Locked::yes:
        break;
      case Locked::all_taken:
        return tl::unexpected(fmt::format("{} logins {}wait for the network already", most, whose));
      case Locked::impossible:
        return uncounted();
    }
  }
  return WaitingPlace{std::move(file)};
}

}  // namespace badclients::ask
