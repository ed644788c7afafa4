#include "ask/helper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/process.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::ask;
using namespace std::chrono_literals;

namespace {

const facts::Time now{1'700'000'000s};

base::Deadline far_away() {
  return std::chrono::steady_clock::now() + 60s;
}
/// Long enough for a shell to start on a busy machine.
base::Deadline soon() {
  return std::chrono::steady_clock::now() + 1s;
}

/// One shell script as the helper, and what came of asking it.
struct Asked {
  TempFolder folder;
  facts::Facts facts;
  std::vector<std::string> warnings;
  Request request;

  explicit Asked(base::Deadline deadline = far_away()) {
    request.address = *net::Address::parse("52.97.246.245");
    request.deadline = deadline;
    request.wanted.reverse_names = true;
    request.wanted.as_description = true;
    request.origin = facts::Origin{{8075}, {}, "", ""};
  }

  void run_script(const std::string& script) {
    const auto path =
        folder.write("helper", "#!/bin/sh\ncd '" + folder.path() + "'\n" + script, 0755);
    ask_helper(path, "/etc/some.conf", request, now, facts, warnings);
  }

  [[nodiscard]] bool warned_of(const std::string& text) const {
    return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
      return warning.find(text) != std::string::npos;
    });
  }
};

/// The number in a file that the script wrote; the process with it is gone.
bool is_gone(const std::string& pid_file) {
  const auto pid = std::stoi(read_whole_file(pid_file));
  return kill(pid, 0) != 0 && errno == ESRCH;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator folder{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

bool has_children() {
  return waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

const std::string good_names = R"(printf 'ptr\tknown\t60\tdns\tymail.example\n')"
                               "\n";
const std::string good_as = R"(printf 'as\tknown\t60\tdns\t8075\tMICROSOFT, US\n')"
                            "\n";

}  // namespace

TEST_CASE("what the helper answers is filled in") {
  Asked asked;
  asked.run_script(good_names + good_as);
  REQUIRE(asked.facts.reverse_names.known());
  CHECK(asked.facts.reverse_names.value.at(0).name == "mail.example");
  CHECK(asked.facts.reverse_names.expires == now + 60s);
  REQUIRE(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.facts.as_descriptions.at(0).value.asn == 8075);
  CHECK(asked.facts.origin.knowledge == facts::Knowledge::not_asked);
  CHECK(asked.warnings.empty());
}

TEST_CASE("the helper gets the request, its configuration and nothing else") {
  // As under Dovecot: descriptors without close-on-exec, a blocked signal, SIGCHLD ignored.
  const int inherited = fcntl(open("/dev/null", O_RDONLY | O_CLOEXEC), F_DUPFD, 7);
  setenv("PASSWORD", "secret", 1);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  auto* const sigchld = signal(SIGCHLD, SIG_IGN);
  auto* const sigpipe = signal(SIGPIPE, SIG_IGN);

  Asked asked;
  asked.run_script(
      "cat > request; echo \"$@\" > arguments; /usr/bin/env > environment\n"
      "readlink /proc/self/fd/* > descriptors; grep ^Sig /proc/self/status > signals\n" +
      good_names + good_as);

  CHECK(signal(SIGCHLD, sigchld) == SIG_IGN);
  CHECK(signal(SIGPIPE, sigpipe) == SIG_IGN);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  unsetenv("PASSWORD");
  close(inherited);

  CHECK(asked.facts.reverse_names.known());
  CHECK(asked.warnings.empty());
  const auto request = decode_request(read_whole_file(asked.folder / "request"));
  REQUIRE(request);
  CHECK(request->address == asked.request.address);
  CHECK(request->deadline == asked.request.deadline);
  CHECK(read_whole_file(asked.folder / "arguments") == "--config /etc/some.conf\n");
  CHECK(read_whole_file(asked.folder / "environment").find("PASSWORD") == std::string::npos);
  // Three descriptors: no more than the shell's own redirection and the folder that is listed.
  CHECK(read_whole_file(asked.folder / "descriptors").find("/dev/null") == std::string::npos);
  const auto signals = read_whole_file(asked.folder / "signals");
  CHECK_THAT(signals, ContainsSubstring("SigBlk:\t0000000000000000"));
  // Signals 32 and 33 are the C library's own.
  const auto ignored = std::stoull(signals.substr(signals.find("SigIgn:") + 7), nullptr, 16);
  CHECK((ignored & 0x7fffffff) == 0);
}

TEST_CASE("a helper that is too slow is killed at the deadline, and what it said counts") {
  Asked asked{soon()};
  asked.run_script("echo $$ > pid\n" + good_names + "printf 'as\\tkno'; exec sleep 1000");
  CHECK(asked.facts.reverse_names.known());
  REQUIRE(asked.facts.as_descriptions.at(0).failed());
  CHECK(asked.facts.as_descriptions.at(0).trouble == "no answer within the deadline");
  CHECK(asked.facts.as_descriptions.at(0).from == facts::Provenance::asked);
  CHECK(asked.warnings.empty());
  CHECK(is_gone(asked.folder / "pid"));
  CHECK_FALSE(has_children());
}

TEST_CASE("a helper that dies, fails or says nothing is named, and what it said counts") {
  SECTION("dies") {
    Asked asked;
    asked.run_script(good_names + "kill -SEGV $$");
    CHECK(asked.facts.reverse_names.known());
    CHECK_THAT(asked.facts.as_descriptions.at(0).trouble,
               ContainsSubstring("the helper died: signal 11"));
    CHECK(asked.warned_of("/helper: the helper died: signal 11"));
  }
  SECTION("fails") {
    Asked asked;
    asked.run_script("echo 'bad option' >&2; echo >&2; exit 2");
    CHECK(asked.facts.as_descriptions.at(0).trouble == "the helper failed: exit code 2");
    CHECK(asked.warned_of("badclients-lookup: bad option"));
    CHECK(asked.warnings.size() == 2);
  }
  SECTION("says nothing") {
    Asked asked;
    asked.run_script("exit 0");
    CHECK(asked.facts.as_descriptions.at(0).trouble == "the helper gave no answer");
    CHECK(asked.facts.origin.knowledge == facts::Knowledge::not_asked);
  }
}

TEST_CASE("a helper that cannot be run leaves facts failed that nobody will remember") {
  Asked asked;
  asked.request.wanted.dnsbl_zones = {"zen.example"};
  ask_helper("/nowhere/badclients-lookup", "", asked.request, now, asked.facts, asked.warnings);
  CHECK(asked.facts.reverse_names.failed());
  CHECK(asked.facts.reverse_names.from == facts::Provenance::local);
  CHECK(asked.facts.reverse_names.trouble ==
        "cannot run /nowhere/badclients-lookup: No such file or directory");
  REQUIRE(asked.facts.dnsbl.size() == 1);
  CHECK(asked.facts.dnsbl[0].failed());
  CHECK(asked.facts.dnsbl[0].value.zone == "zen.example");
  CHECK(asked.warnings == std::vector{asked.facts.reverse_names.trouble});
}

TEST_CASE("after the deadline no helper is started") {
  Asked asked{std::chrono::steady_clock::now()};
  asked.run_script("echo $$ > pid");
  CHECK(asked.facts.reverse_names.trouble == "no time left to ask");
  CHECK(asked.facts.reverse_names.from == facts::Provenance::local);
  CHECK_FALSE(std::filesystem::exists(asked.folder / "pid"));
}

TEST_CASE("garbage lines are warnings, and the good lines still count") {
  Asked asked;
  asked.run_script("echo garbage; head -c 3000 /dev/urandom; echo\n" + good_names + "echo\n" +
                   good_as + "printf 'as\\tknown\\t60\\tdns\\t1\\tno end'");
  CHECK(asked.facts.reverse_names.known());
  CHECK(asked.facts.as_descriptions.at(0).value.asn == 8075);
  CHECK(asked.warned_of("line 1 of its answer: too few fields"));
  for (const auto& warning : asked.warnings) {
    CHECK(std::all_of(warning.begin(), warning.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  }
  CHECK(asked.warnings.size() <= 9);
}

TEST_CASE("a last line without its end does not count") {
  Asked asked;
  asked.run_script(good_names + "printf 'as\\tknown\\t60\\tdns\\t1\\tno en'");
  CHECK(asked.facts.as_descriptions.at(0).failed());
  CHECK(asked.warnings ==
        std::vector<std::string>{"badclients-lookup: line 2 of its answer: ends early"});
}

TEST_CASE("a helper that prints without end is stopped") {
  Asked asked;
  asked.run_script("echo $$ > pid\n" + good_names + "exec cat /dev/zero");
  CHECK(asked.facts.reverse_names.known());
  CHECK_THAT(asked.facts.as_descriptions.at(0).trouble,
             ContainsSubstring("printed more than 256 KiB"));
  CHECK(asked.warned_of("printed more than 256 KiB"));
  CHECK(is_gone(asked.folder / "pid"));
}

TEST_CASE("complaints without end are bounded, and do not stop the answers") {
  Asked asked;
  asked.run_script(
      "head -c 10000000 /dev/zero | tr '\\0' '\\n' >&2\nhead -c 5000000 /dev/zero >&2\n" +
      good_names + good_as);
  CHECK(asked.facts.reverse_names.known());
  CHECK(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.warnings.size() <= 8);
}

TEST_CASE("a helper that closes its standard output and stays is not waited for") {
  Asked asked;
  asked.run_script("echo $$ > pid\n" + good_names + good_as + "exec sleep 1000 >&- 2>&-");
  CHECK(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.warnings.empty());
  CHECK(std::chrono::steady_clock::now() < asked.request.deadline);
  CHECK(is_gone(asked.folder / "pid"));
}

TEST_CASE("a grandchild that holds the pipe is not waited for, and killed") {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that it becomes ours to reap, and its end can be seen
  Asked asked;
  asked.run_script("sleep 1000 &\necho $! > pid\n" + good_names + good_as);
  CHECK(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.warnings.empty());
  CHECK(std::chrono::steady_clock::now() < asked.request.deadline);
  const auto grandchild = std::stoi(read_whole_file(asked.folder / "pid"));
  int status = 0;
  CHECK(waitpid(grandchild, &status, 0) == grandchild);
  CHECK(WIFSIGNALED(status));
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("a helper that does not read its request does no harm") {
  Asked asked;
  for (int i = 0; i < 200; ++i) {  // more than a pipe holds
    asked.request.wanted.dnsbl_zones.push_back(std::string(1000, 'x') + std::to_string(i));
  }
  asked.run_script("exec <&-\n" + good_names + good_as);
  CHECK(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.facts.dnsbl.size() == 200);
}

TEST_CASE("answers that nobody asked for do not count") {
  Asked asked;
  asked.request.wanted = {};
  asked.request.wanted.reverse_names = true;
  asked.request.wanted.dnsbl_zones = {"zen.example"};
  asked.run_script(good_names + good_as +
                   R"(printf 'registration\tknown\t60\tdns\tNET\tDE\t\t\n'
                      printf 'origin\tknown\t60\tdns\t1\t\t\t\n'
                      printf 'dnsbl\tknown\t60\tdns\tother.example\t\t127.0.0.2\n')");
  CHECK(asked.facts.reverse_names.known());
  CHECK(asked.facts.as_descriptions.empty());
  CHECK(asked.facts.registration.knowledge == facts::Knowledge::not_asked);
  CHECK(asked.facts.origin.knowledge == facts::Knowledge::not_asked);
  REQUIRE(asked.facts.dnsbl.size() == 1);
  CHECK(asked.facts.dnsbl[0].failed());
  CHECK(asked.facts.dnsbl[0].trouble == "the helper gave no answer");
}

TEST_CASE("an origin that came along with a registration is kept") {
  Asked asked;
  asked.request.wanted = {};
  asked.request.wanted.registration = true;
  asked.run_script(R"(printf 'registration\tknown\t60\tdns\tNET\tDE\t\t\n'
                      printf 'origin\tknown\t60\tdns\t1\t\t\t\n')");
  CHECK(asked.facts.registration.known());
  CHECK(asked.facts.origin.known());
}

TEST_CASE("an answer that was known before survives a helper that fails") {
  Asked asked;
  auto& description = asked.facts.as_descriptions.emplace_back();
  description.knowledge = facts::Knowledge::known;
  description.from = facts::Provenance::stale_cache;
  description.value = {8075, "old"};
  asked.run_script(R"(printf 'as\tfailed\t60\tdns\t8075\tSERVFAIL\n'; kill -KILL $$)");
  CHECK(asked.facts.as_descriptions.at(0).known());
  CHECK(asked.facts.as_descriptions.at(0).from == facts::Provenance::stale_cache);
  CHECK(asked.facts.reverse_names.failed());
}

TEST_CASE("asking leaves no descriptor, no child and no signal action behind") {
  signal(SIGPIPE, SIG_DFL);
  const auto before = open_descriptors();
  for (const auto* script : {"exit 1", "kill -KILL $$", "exec cat /dev/zero", "sleep 1000 &"}) {
    Asked asked;
    asked.run_script(script);
  }
  Asked missing;
  ask_helper("/nowhere/helper", "", missing.request, now, missing.facts, missing.warnings);
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
  CHECK(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
}

TEST_CASE("a program runs even where the standard descriptors are closed") {
  // In a process of its own: this one needs its descriptors.
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int fd = 0; fd < 3; ++fd) close(fd);
    const auto ran = base::run({"/bin/cat", {}, "hello", far_away(), 100, 100});
    _exit(ran && ran->output == "hello" && ran->end == base::Ran::End::exited ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
