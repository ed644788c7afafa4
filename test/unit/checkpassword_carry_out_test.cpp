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

const badclients::door::Start all_open{{true, true, true, true, true}, 027};

int carried_out(const Answer& answer, const Call& call = {}) {
  return carry_out(answer, call, all_open).value_or(cannot_decide);
}

Call call_of(std::vector<std::string> program) {
  Call call;
  call.program = std::move(program);
  return call;
}

int run(std::vector<std::string> program) {
  return carried_out({}, call_of(std::move(program)));
}

int run_script(const std::string& script) {
  return run({"sh", "-c", script});
}

}  // namespace

TEST_CASE("a reply goes to descriptor 4, and the exit code to main") {
  const Answer answer{2, "nologin=y\treason=x\t"};
  const auto ended = in_child([&] { return carried_out(answer); });
  CHECK(ended.exit_code == 2);
  CHECK(ended.reply == answer.text);
}

TEST_CASE("a reply that nobody takes is an error, not a signal") {
  const Answer answer{0, "\t"};
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

TEST_CASE("a program is run for a success without a reply alone") {
  for (const auto& answer : {Answer{0, "\t"}, Answer{1, ""}, Answer{2, ""}, Answer{111, ""}}) {
    const auto ended = in_child([&] { return carried_out(answer, call_of({"echo", "x"})); });
    CHECK(ended.exit_code == answer.code);
    CHECK(ended.out.empty());
  }
}

TEST_CASE("another program is found as a shell would, and gets its arguments untouched") {
  const auto ended = in_child([]() -> int {
    return run({"sh", "-c", "printf '[%s]' \"$@\"; exit 7", "sh", "a b", "", "--x"});
  });
  CHECK(ended.exit_code == 7);
  CHECK(ended.out == "[a b][][--x]");
}

TEST_CASE("another program inherits descriptors 0, 1, 2 and 4, and no other") {
  const auto ended = in_child([]() -> int {
    harden(5);
    return run_script("ls /proc/$$/fd");
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
    return run_script("umask; exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
  });
  CHECK(ended.out == "0027\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("AUTHORIZED=2 tells another program of a credentials lookup") {
  const auto authorized = [](bool set) {
    return in_child([set] {
             ::setenv("AUTHORIZED", "1", 1);
             auto call = call_of({"sh", "-c", "printf %s \"$AUTHORIZED\""});
             call.credentials_lookup = set;
             return carried_out({}, call);
           })
        .out;
  };
  CHECK(authorized(true) == "2");
  CHECK(authorized(false) == "1");
}

TEST_CASE("a program that cannot be run is an error that names it") {
  const auto ended = in_child([]() -> int {
    const auto result = carry_out({}, call_of({"/nonexistent/program"}), {});
    const auto text = result ? std::string("no error") : result.error();
    return ::write(1, text.data(), text.size()) > 0 ? 0 : 1;
  });
  CHECK(ended.out == "cannot run /nonexistent/program: No such file or directory");
}
