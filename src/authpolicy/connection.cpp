#include "authpolicy/connection.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>

#include "base/file.hpp"

namespace badclients::authpolicy {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_dropped = std::size_t{1024} * 1024;

/// How many are ready; 0: none until `until`.
template <std::size_t N>
int wait_for(std::array<pollfd, N>& polls, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const int count = ::poll(polls.data(), polls.size(), left > 0 ? static_cast<int>(left) : 0);
    if (count > 0 || (count == 0 && Clock::now() >= until)) return count;
    if (count < 0 && errno != EINTR) return 0;
  }
}

/// Appends what is there.
Connection::Came take(std::string& bytes) {
  std::array<char, 16 * 1024> buffer;
  const auto count = base::read_some(STDIN_FILENO, buffer);
  if (count < 0 && errno == EAGAIN) return Connection::Came::bytes;  // perhaps next time
  if (count <= 0) return Connection::Came::end;
  bytes.append(buffer.data(), static_cast<std::size_t>(count));
  return Connection::Came::bytes;
}

/// False: there is no room until `until`.
bool wait_for_room(Clock::time_point until) {
  std::array<pollfd, 1> polls{{{STDOUT_FILENO, POLLOUT, 0}}};
  return wait_for(polls, until) > 0;
}

/// As write(2). Does not wait for a socket. Waits for a pipe until it has room, which is then
/// PIPE_BUF bytes at least.
ssize_t write_some(std::string_view bytes, Clock::time_point until) {
  const auto sent = ::send(STDOUT_FILENO, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  if (!wait_for_room(until)) return -1;
  return ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), std::size_t{PIPE_BUF}));
}

base::Descriptor listen_to_sigterm() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  base::Descriptor descriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!descriptor.is_open()) throw std::system_error(errno, std::generic_category(), "signalfd");
  return descriptor;
}

}  // namespace

Connection::Connection() : sigterm_(listen_to_sigterm()) {}

Connection::Came Connection::read_unless_sigterm(std::string& bytes, Time until) {
  std::array<pollfd, 2> polls{{{STDIN_FILENO, POLLIN, 0}, {sigterm_.number(), POLLIN, 0}}};
  if (wait_for(polls, until) <= 0) return Came::nothing;
  return polls[0].revents == 0 ? Came::sigterm : take(bytes);
}

Connection::Came Connection::read(std::string& bytes, Time until) {
  std::array<pollfd, 1> polls{{{STDIN_FILENO, POLLIN, 0}}};
  return wait_for(polls, until) > 0 ? take(bytes) : Came::nothing;
}

bool Connection::told_to_end() {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGTERM) == 1;
}

bool Connection::write(std::string_view bytes, Time until) {
  while (!bytes.empty()) {
    const auto count = write_some(bytes, until);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if ((count < 0 && errno != EAGAIN && errno != EINTR) || !wait_for_room(until)) {
      return false;
    }
  }
  return true;
}

void Connection::end(Time until) {
  if (::shutdown(STDOUT_FILENO, SHUT_WR) != 0) return;
  std::array<char, 16 * 1024> buffer;
  std::size_t dropped = 0;
  std::array<pollfd, 1> polls{{{STDIN_FILENO, POLLIN, 0}}};
  while (dropped < most_dropped && wait_for(polls, until) > 0) {
    const auto count = ::recv(STDIN_FILENO, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
    dropped += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
}

}  // namespace badclients::authpolicy
