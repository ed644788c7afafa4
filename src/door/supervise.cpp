#include "door/supervise.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>

#include "config/config.hpp"

namespace badclients::door {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds log_patience{250};

/// The signals that this process waits for while a child works.
sigset_t awaited(const Manner& manner) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  if (manner.hands_on_sigterm) sigaddset(&set, SIGTERM);
  return set;
}

/// Sleeps until one of the signals comes, or until `when`. Returns the signal, or -1.
int sleep_until(Clock::time_point when, const sigset_t& signals) {
  const auto left =
      std::max(std::chrono::nanoseconds(when - Clock::now()), std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec time{seconds.count(), (left - seconds).count()};
  return ::sigtimedwait(&signals, nullptr, &time);
}

/// A child process. It inherits the open descriptors, blocks no signal, and is killed when this
/// process ends. This process blocks SIGCHLD (and SIGTERM, if it hands that on) while an object
/// lives: make one object at a time, and only where a single thread runs.
class Child {
 public:
  /// The exit code is what `work` returns. Check started().
  Child(const Manner& manner, const std::function<int()>& work) : signals_(awaited(manner)) {
    // If SIGCHLD is ignored, the child's status is lost; if it is blocked, we can wait for it.
    std::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_BLOCK, &signals_, nullptr);
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::_exit(work());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills the child and reaps it. If it does not end within 100 ms (it is in a file system that
  /// hangs), init reaps it.
  ~Child() {
    if (!started() || status_) return;
    ::kill(pid_, SIGKILL);
    wait_until(Clock::now() + std::chrono::milliseconds(100));
  }

  /// False: fork(2) failed.
  [[nodiscard]] bool started() const { return pid_ > 0; }
  /// The wait status; nothing: the child still runs at `when`.
  std::optional<int> wait_until(Clock::time_point when) {
    return wait([when] { return when; });
  }
  /// The same; calls `when` anew each time that a signal comes or the time is over.
  template <class When>
  std::optional<int> wait(When when) {
    while (!status_) {
      int status = 0;
      const auto ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        status_ = status;
        break;
      }
      const auto until = when();
      if ((ended < 0 && errno != EINTR) || Clock::now() >= until) break;
      if (sleep_until(until, signals_) == SIGTERM) {
        told_to_end_ = true;
        ::kill(pid_, SIGTERM);
      }
    }
    return status_;
  }
  /// Whether we passed it a SIGTERM.
  [[nodiscard]] bool told_to_end() const { return told_to_end_; }

 private:
  pid_t pid_ = -1;
  sigset_t signals_;
  std::optional<int> status_;
  bool told_to_end_ = false;
};

Outcome outcome_of(int status, const Progress& progress) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS) {
    return {
        fmt::format("a file was cut short, or cannot be read any more, while {}: lists.index, "
                    "cache.db or a GeoIP database; replace files by renaming",
                    progress.step())};
  }
  if (const auto error = progress.error(); !error.empty()) {
    return {fmt::format("internal error: {}", error), true};
  }
  const auto how =
      WIFSIGNALED(status)
          ? fmt::format("died of signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
          : fmt::format("ended with exit code {}", WEXITSTATUS(status));
  return {fmt::format("internal error: the process {} while {}", how, progress.step()), true};
}

/// If `work` throws, the error goes into `progress`, and the exit code is 1.
int exit_code_of(const std::function<void()>& work, Progress& progress) {
  try {
    work();
    return 0;
  } catch (const std::exception& error) {
    progress.fail(error.what());
    return 1;
  }
}

void write_if_ready(int descriptor, const std::string& text) {
  pollfd poller{descriptor, POLLOUT, 0};
  if (::poll(&poller, 1, 0) != 1 || poller.revents != POLLOUT) return;
  [[maybe_unused]] const auto written = ::write(descriptor, text.data(), text.size());
}

}  // namespace

Clock::duration longest_start() {
  return config::default_deadline + grace;
}

Outcome supervise(Progress& progress, const Manner& manner, const std::function<void()>& work) {
  Child child(manner, [&] {
    if (manner.not_for_child >= 0) ::close(manner.not_for_child);
    return exit_code_of(work, progress);
  });
  if (!child.started()) {
    return outcome_of(W_EXITCODE(exit_code_of(work, progress), 0), progress);
  }
  const auto status = child.wait([&] { return progress.announce_sleep(); });
  if (status && child.told_to_end() && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGTERM) {
    return {};  // the child did not block SIGTERM yet
  }
  if (status) return outcome_of(*status, progress);
  return {fmt::format("held up while {}: does a file system hang?", progress.step())};
}

void log_apart(const std::string& log, const audit::Surroundings& surroundings,
               const std::vector<LogLine>& lines) {
  Child writer({}, [&] {
    const auto sink = audit::open_sink(log.empty() ? "auto" : log, surroundings);
    for (const auto& line : lines) sink->write(line.level, line.text);
    return 0;
  });
  const auto status =
      writer.started() ? writer.wait_until(Clock::now() + log_patience) : std::nullopt;
  if (status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return;
  for (const auto& line : lines) {
    write_if_ready(STDERR_FILENO,
                   audit::line_for_stderr(line.level, line.text, surroundings.log_service));
  }
}

}  // namespace badclients::door
