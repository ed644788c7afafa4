#include "ask/detached.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/file.hpp"

namespace badclients::ask {

namespace {

/// The input as a file in memory, at its beginning. Not open: errno says why not.
base::Descriptor file_with(const std::string& text) {
  base::Descriptor file{memfd_create("request", MFD_CLOEXEC)};
  if (!file.is_open() || !base::write_all(file.number(), text)) return base::Descriptor{};
  lseek(file.number(), 0, SEEK_SET);
  return file;
}

void close_from(unsigned first) {
  if (close_range(first, UINT_MAX, 0) == 0) return;
  // Linux before 5.9
  const long limit = sysconf(_SC_OPEN_MAX);
  const int end = limit < 0 || limit > 65536 ? 65536 : static_cast<int>(limit);
  for (int number = static_cast<int>(first); number < end; ++number) close(number);
}

/// Descriptors 0 to 3, and no other. False: not to be had.
bool arrange_descriptors(int input, int descriptor) {
  // Out of the way first, so that none is overwritten before it is copied.
  const int in = fcntl(input, F_DUPFD, 10);
  const int three = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD, 10);
  const int null = open("/dev/null", O_RDWR);
  if (in < 0 || null < 0 || (descriptor >= 0 && three < 0)) return false;
  if (dup2(null, 1) < 0 || dup2(null, 2) < 0 || dup2(in, 0) < 0) return false;
  if (three >= 0 && dup2(three, 3) < 0) return false;
  close_from(three < 0 ? 3 : 4);
  return true;
}

void fresh_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The child, and its child. Two, so that nobody has it as a child who does not know of it: we may
/// become another program.
[[noreturn]] void become(const Detached& detached, int input, char* const* arguments,
                         char* const* environment) {
  setsid();
  if (!arrange_descriptors(input, detached.descriptor) || chdir("/") != 0) _exit(1);
  const auto pid = fork();
  if (pid != 0) _exit(pid < 0 ? 1 : 0);
  fresh_signals();
  execve(detached.program.c_str(), arguments, environment);
  _exit(1);
}

}  // namespace

tl::expected<void, std::string> start_detached(const Detached& detached) {
  const auto failure = [&](int error) {
    return tl::unexpected(
        fmt::format("cannot start a process in the background: {}", std::strerror(error)));
  };
  auto words = detached.arguments;
  words.insert(words.begin(), detached.program);
  std::vector<char*> arguments, environment;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const char* const zone = std::getenv("TZ");
  auto variable = fmt::format("TZ={}", zone == nullptr ? "" : zone);
  if (zone != nullptr) environment.push_back(variable.data());
  environment.push_back(nullptr);

  const auto input = file_with(detached.input);
  if (!input.is_open()) return failure(errno);
  const auto pid = fork();
  if (pid == 0) become(detached, input.number(), arguments.data(), environment.data());
  if (pid < 0) return failure(errno);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return {};  // SIGCHLD is ignored: it has been waited for
  }
  if (status != 0) return failure(EAGAIN);
  return {};
}

}  // namespace badclients::ask
