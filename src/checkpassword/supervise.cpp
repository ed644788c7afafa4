#include "checkpassword/supervise.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>

#include "checkpassword/child.hpp"

namespace badclients::checkpassword {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds log_patience{250};
constexpr std::chrono::milliseconds look_again{100};
constexpr int reply_descriptor = 4;

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

/// What `work` throws is the end of the process.
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

Outcome supervise(Progress& progress, const std::function<void()>& work) {
  Child child([&] {
    // Whoever waits for the reply waits for all that have the descriptor, too.
    ::close(reply_descriptor);
    return exit_code_of(work, progress);
  });
  if (!child.started()) {
    return outcome_of(W_EXITCODE(exit_code_of(work, progress), 0), progress);
  }
  // The time that it has may change as it learns what is configured.
  std::optional<int> status;
  do {
    status = child.wait_until(std::min(progress.until(), Clock::now() + look_again));
  } while (!status && Clock::now() < progress.until());
  if (status) return outcome_of(*status, progress);
  return {fmt::format("held up while {}: does a file system hang?", progress.step())};
}

void log_apart(const std::string& log, const audit::Surroundings& surroundings,
               const std::vector<LogLine>& lines) {
  Child writer([&] {
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

}  // namespace badclients::checkpassword
