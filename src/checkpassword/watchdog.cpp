#include "checkpassword/watchdog.hpp"

#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <string_view>

namespace badclients::checkpassword {

namespace {

template <std::size_t N>
struct Bytes {
  std::array<char, N> data{};
  std::size_t size = 0;

  void hold(std::string_view text) {
    size = text.size() <= N ? text.size() : 0;
    std::memcpy(data.data(), text.data(), size);
  }
};

/// What the handler does. A handler has no other way to get at anything than static storage; it is
/// written only while the timer is stopped.
struct Plan {
  int exit_code = cannot_decide;
  Bytes<1024> reply;
  Bytes<4096> log_line;
  Bytes<1024> cut_line;
};
Plan plan;

void write_if_ready(int descriptor, const char* data, std::size_t size) {
  pollfd poller{descriptor, POLLOUT, 0};
  if (size == 0 || ::poll(&poller, 1, 0) != 1 || poller.revents != POLLOUT) return;
  [[maybe_unused]] const auto written = ::write(descriptor, data, size);
}

void time_is_up(int) {
  std::atomic_signal_fence(std::memory_order_acquire);
  write_if_ready(4, plan.reply.data.data(), plan.reply.size);
  write_if_ready(STDERR_FILENO, plan.log_line.data.data(), plan.log_line.size);
  ::_exit(plan.exit_code);
}

void memory_is_gone(int) {
  write_if_ready(STDERR_FILENO, plan.cut_line.data.data(), plan.cut_line.size);
  time_is_up(0);
}

void start_timer(std::chrono::microseconds left) {
  using std::chrono::microseconds;
  const auto count = std::max(left, microseconds(1)).count();
  itimerval timer{};
  timer.it_value.tv_sec = count / 1'000'000;
  timer.it_value.tv_usec = count % 1'000'000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

Watchdog::Watchdog() {
  struct sigaction action {};
  action.sa_handler = time_is_up;
  sigfillset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  action.sa_handler = memory_is_gone;
  ::sigaction(SIGBUS, &action, nullptr);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
}

Watchdog::~Watchdog() {
  stop();
}

void Watchdog::set(std::chrono::steady_clock::time_point when, const Answer& answer,
                   const std::string& log_line) {
  stop();
  plan.exit_code = answer.exec.empty() ? answer.exit_code : cannot_decide;
  plan.reply.hold(answer.reply);
  plan.log_line.hold(log_line);
  std::atomic_signal_fence(std::memory_order_release);
  const auto left = when - std::chrono::steady_clock::now();
  start_timer(std::chrono::duration_cast<std::chrono::microseconds>(left));
}

void Watchdog::explain_cut(const std::string& line) {
  plan.cut_line.hold(line);
}

void Watchdog::stop() {
  // A signal that is already pending is delivered before setitimer returns to a single thread.
  const itimerval none{};
  ::setitimer(ITIMER_REAL, &none, nullptr);
}

}  // namespace badclients::checkpassword
