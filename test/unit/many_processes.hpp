#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "temp_folder.hpp"

/// Runs `work` in a process of its own; what it returns is the exit code. An exception (a failed
/// REQUIRE) is 99.
inline pid_t start_child(const std::function<int()>& work) {
  const auto pid = fork();
  if (pid != 0) return pid;
  int code = 99;
  try {
    code = work();
  } catch (...) {
  }
  _exit(code);
}

/// -1: it could not be started; 128 + N: it died of signal N.
inline int wait_for_child(pid_t pid) {
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

inline int exit_code_of_child(const std::function<int()>& work) {
  return wait_for_child(start_child(work));
}

/// All at once: they start when the last one is there.
inline std::vector<int> exit_codes_of_children(int count, const std::function<int(int)>& work) {
  int gate[2];
  if (pipe(gate) != 0) return {-1};
  std::vector<pid_t> pids;
  for (int number = 0; number < count; ++number) {
    pids.push_back(start_child([&] {
      char unused = 0;
      close(gate[1]);
      (void)!read(gate[0], &unused, 1);  // until the other end is closed
      return work(number);
    }));
  }
  close(gate[0]);
  close(gate[1]);
  std::vector<int> codes;
  for (const auto pid : pids) codes.push_back(wait_for_child(pid));
  return codes;
}

/// Takes from a child what root may do, and gives it the folder: permissions count then.
inline void become_nobody(const TempFolder& folder) {
  constexpr uid_t nobody = 65534;
  if (geteuid() != 0) return;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    if (chown(entry.path().c_str(), nobody, nobody) != 0) _exit(90);
  }
  if (chown(folder.path().c_str(), nobody, nobody) != 0 || setgid(nobody) != 0 ||
      setuid(nobody) != 0) {
    _exit(91);
  }
}
