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

/// The bytes that each question has: 2 to this power.
constexpr unsigned bits_of_length = 10;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << bits_of_length;

struct flock bytes_of(SingleFlight::Question question, std::uint64_t length, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(question);
  lock.l_len = static_cast<off_t>(length);
  return lock;
}

/// Two processes differ in the first, two logins of one process in the second.
std::uint64_t random_length() {
  return 1 + base::hash(fmt::format("{} {}", getpid(), Clock::now().time_since_epoch().count())) %
                 most_bytes;
}

}  // namespace

/// A hash without the bits that a file offset cannot have, and those of the length.
SingleFlight::Question SingleFlight::number(std::string_view text) {
  return base::hash(text) >> (2U + bits_of_length) << bits_of_length;
}

tl::expected<SingleFlight, std::string> SingleFlight::open(const std::string& state_path) {
  auto file = base::open_state_file(state_path, file_name);
  if (!file.is_open()) {
    return tl::unexpected(fmt::format("{}: {}", path_in(state_path), std::strerror(errno)));
  }
  return SingleFlight{std::move(file), random_length()};
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
  // The shortest length: to take a question again then changes no lock that it has already.
  return SingleFlight{base::Descriptor{descriptor}, 1};
}

bool SingleFlight::take(Question question) {
  auto lock = bytes_of(question, length_, F_WRLCK);
  if (fcntl(descriptor_.number(), F_OFD_SETLK, &lock) == 0) return true;
  return errno != EAGAIN && errno != EACCES;
}

void SingleFlight::give_up(Question question) {
  auto lock = bytes_of(question, most_bytes, F_UNLCK);
  fcntl(descriptor_.number(), F_OFD_SETLK, &lock);
}

void SingleFlight::give_up_all() {
  auto lock = bytes_of(0, 0, F_UNLCK);  // to the end
  fcntl(descriptor_.number(), F_OFD_SETLK, &lock);
}

/// How many bytes another holder has locked; 0: none, or that cannot be known.
SingleFlight::Length SingleFlight::locked(Question question) const {
  auto lock = bytes_of(question, 1, F_WRLCK);
  if (fcntl(descriptor_.number(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return static_cast<Length>(lock.l_len);
}

/// Whether the holder that was seen last has it no longer.
bool SingleFlight::is_over(Question question) {
  auto& seen = seen_[question];
  const auto before = std::exchange(seen.length, locked(question));
  const bool over = seen.length == 0 || (before != 0 && seen.length != before);
  if (over) ++seen.rounds;
  return over;
}

unsigned SingleFlight::rounds(Question question) const {
  const auto seen = seen_.find(question);
  return seen == seen_.end() ? 0 : seen->second.rounds;
}

std::optional<SingleFlight::Question> SingleFlight::wait_for_any(
    std::span<const Question> questions, base::Deadline deadline) {
  // Looks and does not queue for the lock. So all waiting processes see at once that a question was
  // given up; a queue would let them through one by one, each after the wake-up of the one before.
  const auto begin = Clock::now();
  for (;;) {
    for (const auto question : questions) {
      if (is_over(question)) return question;
    }
    const auto now = Clock::now();
    if (now >= deadline) return std::nullopt;
    constexpr Clock::duration shortest = milliseconds{1}, longest = milliseconds{50};
    const auto pause = std::clamp((now - begin) / 8, shortest, longest);
    std::this_thread::sleep_for(std::min<Clock::duration>(pause, deadline - now));
  }
}

}  // namespace badclients::ask
