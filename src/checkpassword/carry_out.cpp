#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/detach.hpp"
#include "base/file.hpp"
#include "checkpassword/answer.hpp"

namespace badclients::checkpassword {

namespace {

constexpr int reply_descriptor = 4;

/// Returns only if it fails: why.
std::string run(const Call& call, const door::Start& start) {
  if (call.credentials_lookup) ::setenv("AUTHORIZED", "2", 1);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);  // those from 5 on were closed at the start
  ::umask(start.umask);
  base::reset_signals();
  std::vector<char*> arguments;
  for (const auto& argument : call.program)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  const int trouble = errno;
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
  return std::strerror(trouble);
}

}  // namespace

tl::expected<int, std::string> carry_out(const Answer& answer, const Call& call,
                                         const door::Start& start) {
  if (answer.code == 0 && answer.text.empty() && !call.program.empty()) {
    const auto reason = run(call, start);
    return tl::unexpected(fmt::format("cannot run {}: {}", call.program.front(), reason));
  }
  if (!base::write_all(reply_descriptor, answer.text)) {
    return tl::unexpected(
        fmt::format("cannot write the reply to descriptor 4: {}", std::strerror(errno)));
  }
  return answer.code;
}

}  // namespace badclients::checkpassword
