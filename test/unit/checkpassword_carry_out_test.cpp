#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "catch.hpp"
#include "checkpassword/answer.hpp"
#include "child_process.hpp"
#include "door/start.hpp"

using namespace badclients::checkpassword;
using badclients::door::harden;

namespace {

Answer run(std::vector<std::string> program) {
  Answer answer;
  answer.exec = std::move(program);
  return answer;
}

Answer shell(const std::string& script) {
  return run({"sh", "-c", script});
}

int carried_out(const Answer& answer) {
  return carry_out(answer, {{true, true, true, true, true}, 027}).value_or(cannot_decide);
}

}  // namespace

TEST_CASE("a reply goes to descriptor 4, and the exit code to main") {
  Answer answer;
  answer.exit_code = 2;
  answer.reply = "nologin=y\treason=x\t";
  const auto ended = in_child([&] { return carried_out(answer); });
  CHECK(ended.exit_code == 2);
  CHECK(ended.reply == answer.reply);
}

TEST_CASE("a reply that nobody takes is an error, not a signal") {
  Answer answer;
  answer.reply = "\t";
  CHECK(in_child([&] {
          ::close(4);
          return carried_out(answer);
        }).exit_code == cannot_decide);
  CHECK(in_child([&] {
          std::signal(SIGPIPE, SIG_IGN);
          std::array<int, 2> ends{};
          if (::pipe(ends.data()) != 0) return 1;
          ::dup2(ends[1], 4);
          ::close(ends[0]);
          return carried_out(answer);
        }).exit_code == cannot_decide);
}

TEST_CASE("another program is found as a shell would, and gets its arguments untouched") {
  const auto ended = in_child([]() -> int {
    return carried_out(run({"sh", "-c", "printf '[%s]' \"$@\"; exit 7", "sh", "a b", "", "--x"}));
  });
  CHECK(ended.exit_code == 7);
  CHECK(ended.out == "[a b][][--x]");
}

TEST_CASE("another program inherits descriptors 0, 1, 2 and 4, and no other") {
  const auto ended = in_child([]() -> int {
    harden(5);
    return carried_out(shell("ls /proc/$$/fd"));
  });
  CHECK(ended.exit_code == 0);
  CHECK(ended.out == "0\n1\n2\n4\n");
}

TEST_CASE("another program starts with fresh signals and the umask of the caller") {
  const auto ended = in_child([]() -> int {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::umask(077);
    return carried_out(shell("umask; exec grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  });
  CHECK(ended.out == "0027\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("AUTHORIZED=2 tells another program of a credentials lookup") {
  const auto authorized = [](bool set) {
    return in_child([set] {
             ::setenv("AUTHORIZED", "1", 1);
             auto answer = shell("printf %s \"$AUTHORIZED\"");
             answer.set_authorized = set;
             return carried_out(answer);
           })
        .out;
  };
  CHECK(authorized(true) == "2");
  CHECK(authorized(false) == "1");
}

TEST_CASE("a program that cannot be run is an error that names it") {
  const auto ended = in_child([]() -> int {
    const auto result = carry_out(run({"/nonexistent/program"}), {});
    const auto text = result ? std::string("no error") : result.error();
    return ::write(1, text.data(), text.size()) > 0 ? 0 : 1;
  });
  CHECK(ended.out == "cannot run /nonexistent/program: No such file or directory");
}
