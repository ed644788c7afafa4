#include "ask/single_flight.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/hash.hpp"
#include "base/state_file.hpp"

namespace badclients::ask {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* file_name = "askers.lock";

std::string path_in(const std::string& state_path) {
  return fmt::format("{}/{}", state_path, file_name);
}

struct flock byte_of(SingleFlight::Question question, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(question);
  lock.l_len = 1;
  return lock;
}

/// Whether nobody else has it, as far as can be known.
bool is_free(int descriptor, SingleFlight::Question question) {
  auto lock = byte_of(question, F_WRLCK);
  return fcntl(descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK;
}

}  // namespace

/// Without the bits that an offset in a file cannot have.
SingleFlight::Question SingleFlight::number(std::string_view text) {
  return base::hash(text) >> 2U;
}

tl::expected<SingleFlight, std::string> SingleFlight::open(const std::string& state_path) {
  auto file = base::open_state_file(state_path, file_name);
  if (!file.is_open()) {
    return tl::unexpected(fmt::format("{}: {}", path_in(state_path), std::strerror(errno)));
  }
  return SingleFlight{std::move(file)};
}

tl::expected<SingleFlight, std::string> SingleFlight::inherit(const std::string& state_path,
                                                              int descriptor) {
  struct stat left {
  }, file{};
  if (fstat(descriptor, &left) != 0 || stat(path_in(state_path).c_str(), &file) != 0 ||
      left.st_dev != file.st_dev || left.st_ino != file.st_ino) {
    return open(state_path);
  }
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return SingleFlight{base::Descriptor{descriptor}};
}

bool SingleFlight::take(Question question) {
  auto lock = byte_of(question, F_WRLCK);
  if (fcntl(descriptor_.number(), F_OFD_SETLK, &lock) == 0) return true;
  return errno != EAGAIN && errno != EACCES;
}

void SingleFlight::give_up(Question question) {
  auto lock = byte_of(question, F_UNLCK);
  fcntl(descriptor_.number(), F_OFD_SETLK, &lock);
}

void SingleFlight::give_up_all() {
  auto lock = byte_of(0, F_UNLCK);
  lock.l_len = 0;  // to the end
  fcntl(descriptor_.number(), F_OFD_SETLK, &lock);
}

std::optional<SingleFlight::Question> SingleFlight::wait_for_any(
    std::span<const Question> questions, base::Deadline deadline) const {
  // Looking, not locking: all who wait see at once that a question was given up, where a queue for
  // the lock would let them through one by one, each after the wake-up of the one before.
  const auto begin = Clock::now();
  for (;;) {
    for (const auto question : questions) {
      if (is_free(descriptor_.number(), question)) return question;
    }
    const auto now = Clock::now();
    if (now >= deadline) return std::nullopt;
    constexpr Clock::duration shortest = milliseconds{1}, longest = milliseconds{50};
    const auto pause = std::clamp((now - begin) / 8, shortest, longest);
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, deadline - now));
  }
}

}  // namespace badclients::ask
