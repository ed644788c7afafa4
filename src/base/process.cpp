#include "base/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/file.hpp"

namespace badclients::base {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// How long a program may take to end after it closed its standard output.
constexpr nanoseconds exit_grace = std::chrono::milliseconds{100};

/// Sets one signal's action for as long as it lives.
class SignalAction {
 public:
  SignalAction(int signal, void (*handler)(int)) : signal_(signal) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal_, &action, &before_);
  }
  SignalAction(const SignalAction&) = delete;
  SignalAction& operator=(const SignalAction&) = delete;
  ~SignalAction() { sigaction(signal_, &before_, nullptr); }

 private:
  int signal_;
  struct sigaction before_ {};
};

struct Pipe {
  Descriptor reading, writing;
};

/// Both ends above 2, so that putting one of them on 0, 1 or 2 in the child never overwrites
/// another, even where this process was started with its standard descriptors closed.
std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Pipe pipe{Descriptor{ends[0]}, Descriptor{ends[1]}};
  for (auto* end : {&pipe.reading, &pipe.writing}) {
    if (end->number() > 2) continue;
    Descriptor moved{fcntl(end->number(), F_DUPFD_CLOEXEC, 3)};
    if (!moved.is_open()) return std::nullopt;
    *end = std::move(moved);
  }
  return pipe;
}

void set_nonblocking(const Descriptor& descriptor) {
  const int flags = fcntl(descriptor.number(), F_GETFL);
  fcntl(descriptor.number(), F_SETFL, flags | O_NONBLOCK);
}

/// posix_spawn's two sets of options. It starts by vfork, so the size of this process and its
/// RLIMIT_AS do not matter, and it reports a failing exec to us.
class SpawnOptions {
 public:
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/// Error: errno.
tl::expected<pid_t, int> spawn(const Command& command, const Descriptor& in, const Descriptor& out,
                               const Descriptor& stderr_text) {
  SpawnOptions options;
  posix_spawn_file_actions_adddup2(&options.actions, in.number(), 0);
  posix_spawn_file_actions_adddup2(&options.actions, out.number(), 1);
  posix_spawn_file_actions_adddup2(&options.actions, stderr_text.number(), 2);
  posix_spawn_file_actions_addclosefrom_np(&options.actions, 3);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&options.attributes, &none);
  posix_spawnattr_setsigdefault(&options.attributes, &all);
  posix_spawnattr_setpgroup(&options.attributes, 0);
  posix_spawnattr_setflags(&options.attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  auto words = command.arguments;
  words.insert(words.begin(), command.program);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};

  pid_t pid = 0;
  const int error = posix_spawn(&pid, command.program.c_str(), &options.actions,
                                &options.attributes, argv.data(), environment.data());
  if (error != 0) return tl::unexpected(error);
  return pid;
}

/// Lowers the priority: a program that waits for the network runs after the logins that are decided
/// without it. In a burst, programs that start would delay all of them. At a third of the weight it
/// still makes progress.
void give_way(pid_t pid) {
  constexpr int less = 5;
  const auto who = static_cast<id_t>(pid);
  ::setpriority(PRIO_PROCESS, who, ::getpriority(PRIO_PROCESS, who) + less);
}

/// The program while it runs, seen from here.
class Child {
 public:
  Child(pid_t pid, Descriptor in, Descriptor out, Descriptor stderr_text)
      : pid_(pid),
        // Without pidfds (Linux before 5.3) its end shows by its closing standard output.
        ended_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))),
        in_(std::move(in)),
        out_(std::move(out)),
        stderr_text_(std::move(stderr_text)) {
    for (const auto* descriptor : {&in_, &out_, &stderr_text_}) set_nonblocking(*descriptor);
  }
  /// The listener may have thrown while the program ran.
  ~Child() {
    if (pid_ > 0) end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Ran attend(const Command& command) {
    Ran ran;
    input_ = command.input;
    auto until = command.deadline;
    bool has_ended = false;
    if (input_.empty() && !command.answers) in_.close();
    while (!has_ended && ran.output.size() <= command.most_output) {
      std::array<pollfd, 4> polls{{{ended_.number(), POLLIN, 0},
                                   {input_.empty() ? -1 : in_.number(), POLLOUT, 0},
                                   {out_.number(), POLLIN, 0},
                                   {stderr_text_.number(), POLLIN, 0}}};
      if (command.patience) until = std::min(until, command.patience());
      if (!wait_for(polls, until)) break;
      has_ended = polls[0].revents != 0;
      if (polls[1].revents != 0) write_some();
      if (input_.empty() && !command.answers) in_.close();
      const bool was_talking = out_.is_open();
      // The end was seen first, so all it ever printed is in the pipes by now.
      if (has_ended || polls[2].revents != 0)
        read_what_is_there(out_, ran.output, command.most_output + 1);
      if (command.listener) hear(ran.output, command.listener);
      if (has_ended || polls[3].revents != 0) {
        read_what_is_there(stderr_text_, ran.stderr_text, command.most_stderr_text);
      }
      if (was_talking && !out_.is_open()) until = std::min(until, Clock::now() + exit_grace);
    }
    const bool too_much = ran.output.size() > command.most_output;
    if (too_much) ran.output.resize(command.most_output);
    finish(ran, too_much         ? Ran::End::said_too_much
                : out_.is_open() ? Ran::End::timed_out
                                 : Ran::End::hung_up);
    return ran;
  }

 private:
  /// False: the time is over.
  static bool wait_for(std::array<pollfd, 4>& polls, Deadline until) {
    for (;;) {
      const auto left = nanoseconds{until - Clock::now()};
      if (left <= nanoseconds{0}) return false;
      const timespec time{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
      const int count = ppoll(polls.data(), polls.size(), &time, nullptr);
      if (count > 0) return true;
      if (count < 0 && errno != EINTR) return false;
    }
  }

  void write_some() {
    while (!input_.empty()) {
      const auto count = write(in_.number(), input_.data(), input_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) {  // it does not care to hear the rest
        in_.close();
        input_.clear();
        return;
      }
      input_.erase(0, static_cast<std::size_t>(count));
    }
  }

  /// Hands on the lines that are new.
  void hear(std::string_view output,
            const std::function<std::string(std::string_view line)>& listener) {
    for (auto end = output.find('\n', heard_); end != std::string_view::npos;
         end = output.find('\n', heard_)) {
      auto reply = listener(output.substr(heard_, end - heard_));
      heard_ = end + 1;
      if (in_.is_open()) input_ += reply;
    }
  }

  /// Appends what is there, up to a size of `most`; closes at the end. Beyond `most` standard
  /// error is dropped, while standard output ends the whole conversation.
  static void read_what_is_there(Descriptor& from, std::string& into, std::size_t most) {
    std::array<char, 16 * 1024> buffer;
    for (unsigned rounds = 0; from.is_open() && rounds < 64; ++rounds) {
      const auto count = read_some(from.number(), buffer);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        from.close();
        return;
      }
      into.append(buffer.data(), std::min(static_cast<std::size_t>(count), most - into.size()));
      if (into.size() == most) return;
    }
  }

  /// Kills what is left of the group (its number is ours until the reaping) and reaps.
  void finish(Ran& ran, Ran::End if_killed) {
    siginfo_t before{};
    waitid(P_PID, static_cast<id_t>(pid_), &before, WEXITED | WNOHANG | WNOWAIT);
    const bool had_ended = before.si_pid == pid_;
    const int status = end();
    if (!had_ended || if_killed == Ran::End::said_too_much) {
      ran.end = if_killed;
    } else if (WIFSIGNALED(status)) {
      ran.end = Ran::End::died;
      ran.code = WTERMSIG(status);
    } else {
      ran.code = WEXITSTATUS(status);
    }
  }

  /// The status. There is no process any more.
  int end() {
    kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

  pid_t pid_;
  std::string input_;      ///< what is still to be written
  std::size_t heard_ = 0;  ///< of the output, by the listener
  Descriptor ended_, in_, out_, stderr_text_;
};

}  // namespace

tl::expected<Ran, std::string> run(const Command& command) {
  const auto failure = [&](int error) {
    return tl::unexpected(fmt::format("cannot run {}: {}", command.program, std::strerror(error)));
  };
  const SignalAction no_sigpipe{SIGPIPE, SIG_IGN};
  // Were it ignored, the kernel would reap the child, and we might kill a stranger by its number.
  const SignalAction plain_sigchld{SIGCHLD, SIG_DFL};

  auto in = make_pipe();
  auto out = in ? make_pipe() : std::nullopt;
  auto stderr_text = out ? make_pipe() : std::nullopt;
  if (!stderr_text) return failure(errno);
  const auto pid = spawn(command, in->reading, out->writing, stderr_text->writing);
  if (!pid) return failure(pid.error());
  give_way(*pid);

  in->reading.close();
  out->writing.close();
  stderr_text->writing.close();
  return Child{*pid, std::move(in->writing), std::move(out->reading),
               std::move(stderr_text->reading)}
      .attend(command);
}

}  // namespace badclients::base
