#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "temp_folder.hpp"

/// How a child process ended and what it wrote.
struct Ended {
  int exit_code = -1;  ///< -1: killed by a signal
  std::string out;     ///< standard output
  std::string reply;   ///< descriptor 4
};

inline std::string contents(int file) {
  std::string text;
  std::array<char, 4096> buffer;
  ::lseek(file, 0, SEEK_SET);
  while (true) {
    const auto count = ::read(file, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Runs `body` in a child process that has descriptors 0, 1, 2 and 4, and a dozen more; its result
/// is the exit code.
inline Ended in_child(const std::function<int()>& body) {
  const TempFolder folder;
  const auto open = [&](const char* name) {
    return ::open((folder / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  };
  const int out = open("out");
  const int reply = open("reply");
  const auto child = ::fork();
  if (child == 0) {
    const int kept_out = ::fcntl(out, F_DUPFD_CLOEXEC, 100);
    const int kept_reply = ::fcntl(reply, F_DUPFD_CLOEXEC, 100);
    ::dup2(kept_out, 1);
    ::dup2(kept_reply, 4);
    for (int extra = 5; extra < 17; ++extra) ::dup2(kept_out, extra);
    for (int number = 3; number < 200; number += number == 3 ? 14 : 1) ::close(number);
    ::_exit(body());
  }
  Ended ended;
  int status = 0;
  ::waitpid(child, &status, 0);
  ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.out = contents(out);
  ended.reply = contents(reply);
  ::close(out);
  ::close(reply);
  return ended;
}
