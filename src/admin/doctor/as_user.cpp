#include "admin/doctor/as_user.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "admin/doctor/report.hpp"
#include "admin/owner.hpp"
#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "net/socket.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::chrono::minutes patience{2};

/// Of the process that has become the user: its findings, or why it cannot.
std::string work(const std::string& user, std::span<const Check> checks, const Host& host) {
  try {
    if (const auto done = become_user(user); !done) return error_json(done.error());
    return findings_json(run_checks(checks, host));
  } catch (const std::exception& error) {
    return error_json(error.what());
  }
}

/// Up to the end of the pipe, or the deadline.
std::string read_all(int pipe) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string text;
  std::array<char, 16 * 1024> buffer;
  pollfd waits{pipe, POLLIN, 0};
  while (poll(&waits, 1, net::poll_timeout(until)) > 0) {
    const auto count = base::read_some(pipe, buffer);
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

tl::expected<std::vector<Finding>, std::string> run_as(const std::string& user,
                                                       std::span<const Check> checks,
                                                       const Host& host) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(std::string("there is no pipe"));
  const base::Descriptor from{ends[0]};
  base::Descriptor to{ends[1]};
  const auto child = fork();
  if (child == 0) {
    const auto text = work(user, checks, host);
    _exit(base::write_all(to.number(), text) ? 0 : 1);
  }
  to = base::Descriptor{};
  if (child < 0) return tl::unexpected(std::string("there is no process to be had"));
  const auto text = read_all(from.number());
  kill(child, SIGKILL);  // it has said all, or will not
  int status = 0;
  waitpid(child, &status, 0);
  return read_findings(text);
}

}  // namespace badclients::admin::doctor
