// The dialogue between badclients-lookup and its parent: its lines, and both ends of it.

#include "ask/wire/dialogue.hpp"

#include <unistd.h>

#include <array>
#include <thread>

#include "ask/helper.hpp"
#include "ask/permit_desk.hpp"
#include "base/process.hpp"
#include "catch.hpp"
#include "network/transport/parent.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::ask;
using namespace std::chrono_literals;
using budget::ServerName;
using config::Service;

namespace {

const ServerName lacnic{Service::whois, "lacnic"};
const ServerName stranger{Service::rdap, "[2001:db8::1]:8443"};

base::Deadline far_away() {
  return std::chrono::steady_clock::now() + 60s;
}

std::string without_lf(std::string line) {
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  CHECK(line.find('\n') == std::string::npos);
  return line;
}

/// Both ends of the pipes between a helper and its parent.
struct Pipes {
  std::array<int, 2> to_helper{}, to_parent{};

  Pipes() {
    REQUIRE(pipe(to_helper.data()) == 0);
    REQUIRE(pipe(to_parent.data()) == 0);
  }
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;
  ~Pipes() {
    for (const int end : {to_helper[0], to_helper[1], to_parent[0], to_parent[1]}) ::close(end);
  }

  void tell(const std::string& text) const {
    REQUIRE(write(to_helper[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string heard() const {
    std::array<char, 4096> buffer;
    const auto size = read(to_parent[0], buffer.data(), buffer.size());
    REQUIRE(size > 0);
    return {buffer.data(), static_cast<std::size_t>(size)};
  }
};

/// A helper that is a shell script, its parent, and the memory of servers.
struct Run {
  TempFolder folder;
  config::Config::Budget budget;
  std::vector<std::string> warnings;
  facts::Facts facts;
  facts::Time now{1'700'000'000s};

  Run() { budget.lacnic = {{{}, 2, 60s}}; }

  budget::Servers servers() {
    return {folder.path(), budget, [this] { return now; }};
  }
  void run_script(const std::string& script) {
    const auto path = folder.write(
        "helper", "#!/bin/sh\ncd '" + folder.path() + "'\nsed '/^end$/q' >request\n" + script,
        0755);
    Request request;
    request.address = *net::Address::parse("200.3.14.10");
    request.deadline = far_away();
    request.wanted.registration = true;
    auto memory = servers();
    ask_helper(path, "/etc/some.conf", request, now, facts, warnings, &memory);
  }
  [[nodiscard]] bool closed(const ServerName& server) {
    const auto states = servers().list().value();
    for (const auto& state : states) {
      if (state.server == server) return state.closed.has_value();
    }
    return false;
  }
};

const std::string good_answer = R"(printf 'registration\tknown\t60\twhois\tNET\tDE\t\t\n')"
                                "\n";

}  // namespace

TEST_CASE("what one side of the dialogue says, the other understands") {
  for (const auto& server : {lacnic, stranger}) {
    const auto question = decode_permit_question(without_lf(encode(PermitQuestion{7, server})));
    REQUIRE(question);
    CHECK(question->number == 7);
    CHECK(question->server == server);
    const auto closing =
        decode_closing(without_lf(encode(Closing{server, 90s, "'so\nmuch\xff' of it"})));
    REQUIRE(closing);
    CHECK(closing->server == server);
    CHECK(closing->length == 90s);
    CHECK(closing->reason == "'so?much?' of it");
  }
  const auto go = decode_permit_answer(without_lf(encode(PermitAnswer{3, std::nullopt})));
  REQUIRE(go);
  CHECK(go->number == 3);
  CHECK_FALSE(go->refusal);
  const auto wait =
      decode_permit_answer(without_lf(encode(PermitAnswer{4, budget::Refusal{1500ms, "a b  c"}})));
  REQUIRE(wait);
  REQUIRE(wait->refusal);
  CHECK(wait->refusal->wait == 1500ms);
  CHECK(wait->refusal->reason == "a b  c");
}

TEST_CASE("a reason without end is cut, and its line can still be read") {
  const std::string endless(100'000, 'x');
  CHECK(decode_closing(without_lf(encode(Closing{lacnic, 1s, endless}))));
  CHECK(decode_permit_answer(without_lf(encode(PermitAnswer{1, budget::Refusal{1s, endless}}))));
}

TEST_CASE("lines that are not of the dialogue, or have been tampered with, are refused") {
  for (const auto* line :
       {"", "permit", "permit 1", "permit 1 whois", "permit x whois lacnic", "permit -1 whois arin",
        "permit 1 http lacnic", "permit 1 whois lacnic now", "permit 1 whois example",
        "permit 1 whois a\tb:43", "permit 99999999999 whois lacnic", "PERMIT 1 whois lacnic",
        "permit 1  whois lacnic"}) {
    INFO(line);
    CHECK_FALSE(decode_permit_question(line));
  }
  for (const auto* line : {"", "closed whois lacnic", "closed whois lacnic x", "closed lacnic 5 y",
                           "closed whois lacnic -5 y", "closed whois lacnic 99999999999 y",
                           "closed whois lacnic 5 a\x01", "closed whois nobody 5 y"}) {
    INFO(line);
    CHECK_FALSE(decode_closing(line));
  }
  for (const auto* line : {"", "go", "go x", "go 1 2", "wait 1", "wait 1 x", "wait 1 -1 x",
                           "stop 1", "wait 1 5 a\x7f"}) {
    INFO(line);
    CHECK_FALSE(decode_permit_answer(line));
  }
  const std::string endless(10'000, 'x');
  CHECK_FALSE(decode_permit_question("permit 1 whois " + endless + ":43"));
  CHECK_FALSE(decode_closing("closed whois lacnic 5 " + endless));
  CHECK_FALSE(decode_permit_answer("wait 1 5 " + endless));
}

TEST_CASE("the helper asks its parent, and goes by the answer") {
  const Pipes pipes;
  network::Parent parent{pipes.to_helper[0], pipes.to_parent[1]};
  pipes.tell("go 1\nwait 2 90000 too much\n");
  CHECK_FALSE(parent.permit(lacnic, far_away()));
  const auto refusal = parent.permit(stranger, far_away());
  REQUIRE(refusal);
  CHECK(refusal->wait == 90s);
  CHECK(refusal->reason == "too much");
  parent.close(lacnic, 5s, "why");
  CHECK(pipes.heard() ==
        "permit 1 whois lacnic\npermit 2 rdap [2001:db8::1]:8443\nclosed whois lacnic 5 why\n");
}

TEST_CASE("a parent that is silent, gone or makes no sense gives no permit") {
  Pipes pipes;
  network::Parent parent{pipes.to_helper[0], pipes.to_parent[1]};
  SECTION("silent") {
    CHECK(parent.permit(lacnic, std::chrono::steady_clock::now() + 10ms));
    pipes.tell("go 1\nwait 2 1000 late\n");  // the first comes too late, and counts for nothing
    CHECK(parent.permit(lacnic, far_away())->reason == "late");
  }
  SECTION("gone") {
    ::close(std::exchange(pipes.to_helper[1], -1));
    CHECK(parent.permit(lacnic, far_away()));
  }
  SECTION("makes no sense") {
    for (const auto* text : {"go 7\n", "hello\n", "\n"}) {
      pipes.tell(text);
      CHECK(parent.permit(lacnic, far_away()));
    }
    pipes.tell(std::string(5000, 'x'));
    CHECK(parent.permit(lacnic, far_away()));
  }
}

TEST_CASE("many threads of a helper each get their own answer") {
  const Pipes pipes;
  network::Parent parent{pipes.to_helper[0], pipes.to_parent[1]};
  std::array<std::optional<budget::Refusal>, 8> refusals;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < refusals.size(); ++i) {
      threads.emplace_back([&, i] {
        refusals[i] = parent.permit({Service::whois, "h" + std::to_string(i) + ":43"}, far_away());
      });
    }
    std::string heard;
    for (std::size_t answered = 0; answered < refusals.size();) {
      if (heard.find('\n') == std::string::npos) heard += pipes.heard();
      const auto line = heard.substr(0, heard.find('\n'));
      heard.erase(0, line.size() + 1);
      const auto question = decode_permit_question(line);
      REQUIRE(question);
      pipes.tell(
          encode(PermitAnswer{question->number, budget::Refusal{1s, question->server.name}}));
      ++answered;
    }
  }
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    REQUIRE(refusals[i]);
    CHECK(refusals[i]->reason == "h" + std::to_string(i) + ":43");
  }
}

TEST_CASE("a helper is given permits out of the common budget, and told when there is none") {
  Run run;
  run.run_script(
      "for i in 1 2 3; do echo permit $i whois lacnic; read answer; echo $answer >>answers; "
      "done\n" +
      good_answer);
  CHECK(run.facts.registration.known());
  CHECK(run.warnings.empty());
  CHECK_THAT(read_whole_file(run.folder / "request"), ContainsSubstring("\npermits\nend\n"));
  const auto answers = read_whole_file(run.folder / "answers");
  CHECK((answers).starts_with("go 1\ngo 2\nwait 3 "));
  CHECK_THAT(answers, ContainsSubstring("its budget of 2/1m is used up until"));
}

TEST_CASE("what a server told a helper is remembered for all") {
  Run run;
  run.run_script("echo permit 1 whois lacnic; read go; echo closed whois lacnic 90 no more\n");
  CHECK(run.warnings.empty());
  CHECK(run.closed(lacnic));
  run.run_script("echo permit 1 whois lacnic; read answer; echo $answer >answers\n" + good_answer);
  CHECK_THAT(read_whole_file(run.folder / "answers"), ContainsSubstring("no more"));
}

TEST_CASE("a helper cannot close a server for which it has no permit") {
  Run run;
  run.run_script("echo permit 1 whois lacnic; read go; echo closed rdap arin 90 no\n" +
                 good_answer);
  CHECK_FALSE(run.closed({Service::rdap, "arin"}));
  CHECK(run.facts.registration.known());
  REQUIRE(run.warnings.size() == 1);
  CHECK_THAT(run.warnings[0], ContainsSubstring("about a server that was not asked"));
}

TEST_CASE("rubbish in the dialogue is a warning or a few, and costs nothing") {
  Run run;
  run.run_script(
      "for i in 1 2 3 4 5 6 7 8; do echo permit $i whois; printf 'closed \\377\\001\\n'; done\n"
      "printf 'permit '; head -c 20000 /dev/zero | tr '\\0' x; echo\n" +
      good_answer);
  CHECK(run.facts.registration.known());
  CHECK(run.warnings.size() == 4);
}

TEST_CASE("a helper that asks without end gets so many permits and no more") {
  Run run;
  run.budget.lacnic = {};
  run.run_script(
      "i=0; while [ $i -lt 70 ]; do i=$((i+1)); echo permit $i whois lacnic; read answer;\n"
      "echo $answer >>answers; done\n" +
      good_answer);
  CHECK(run.facts.registration.known());
  const auto answers = read_whole_file(run.folder / "answers");
  CHECK_THAT(answers, ContainsSubstring("\ngo 64\nwait 65 "));
  CHECK(run.warnings.size() == 1);
}

TEST_CASE("a helper that asks and does not listen does no harm") {
  Run run;
  run.run_script(
      "exec <&-; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo permit $i whois arin;\n"
      "done\n" +
      good_answer);
  CHECK(run.facts.registration.known());
}

TEST_CASE("a helper whose parent counts nothing reads to the end of its request") {
  const auto ran = base::run({"/bin/cat", {}, "all of it", far_away(), 100, 100});
  REQUIRE(ran);
  CHECK(ran->output == "all of it");
}

TEST_CASE("a listener hears whole lines as they come, and what it says can be read") {
  std::vector<std::string> heard;
  base::Command command{"/bin/sh",
                        {"-c",
                         "printf 'one\\ntw'; printf 'o\\n'; read a; read b; echo $a$b; "
                         "printf end"},
                        "",
                        far_away(),
                        1000,
                        1000};
  command.answers = true;
  command.listener = [&heard](std::string_view line) {
    heard.emplace_back(line);
    return std::string{line} + "!\n";
  };
  const auto ran = base::run(command);
  REQUIRE(ran);
  CHECK(ran->end == base::Ran::End::exited);
  CHECK(ran->output == "one\ntwo\none!two!\nend");
  CHECK(heard == std::vector<std::string>{"one", "two", "one!two!"});
}
