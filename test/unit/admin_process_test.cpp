// badclientsctl as an administrator runs it: the built program in a process of its own.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "admin/command.hpp"
#include "catch.hpp"
#include "list_site.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

namespace fs = std::filesystem;
using badclients::admin::commands;

namespace {

struct Ran {
  int exit_code = -1;
  std::string out, err;
};

Ran run(std::vector<std::string> arguments, const char* program = CTL_PROGRAM) {
  const TempFolder output;
  arguments.insert(arguments.begin(), program);
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  const auto child = fork();
  if (child == 0) {
    dup2(open((output / "out").c_str(), O_WRONLY | O_CREAT, 0600), 1);
    dup2(open((output / "err").c_str(), O_WRONLY | O_CREAT, 0600), 2);
    execv(program, words.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_whole_file(output / "out"),
          read_whole_file(output / "err")};
}

/// A site whose lists refuse New Outlook's network, and which asks nobody.
class Site {
 public:
  Site() {
    fs::create_directory(folder_ / "lists");
    fs::create_directory(folder_ / "state");
    folder_.write("lists/ip_net.deny.lst", "# New Outlook\n52.96.0.0/14\n");
    configure("");
  }
  void configure(const std::string& more) const {
    folder_.write("conf", "list_path = " + path("lists") + "\nstate_path = " + path("state") +
                              "\nlog = none\n" + more +
                              "[lookup]\nreverse_dns = no\norigin = none\nregistration = none\n");
  }
  [[nodiscard]] Ran ctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--config", path("conf")});
    return run(std::move(arguments));
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("badclientsctl --help names every command, and each has a --help of its own") {
  const auto help = run({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  for (const auto& command : commands()) {
    CHECK_THAT(help.out, ContainsSubstring("\n  " + std::string(command.name) + " "));
    const auto own = run({std::string(command.name), "--help"});
    CHECK(own.exit_code == 0);
    CHECK_THAT(own.out, ContainsSubstring("[--config FILE] " + std::string(command.name)));
  }
  CHECK(run({"--version"}).exit_code == 0);
  // In the order of use: what a newcomer needs comes first.
  std::size_t at = 0;
  for (const auto* name : {"setup", "doctor", "clients", "why", "report", "check", "lint"}) {
    const auto next = help.out.find("\n  " + std::string(name) + " ");
    CHECK(next > at);
    at = next;
  }
}

TEST_CASE("badclientsctl called wrongly says so and exits with 2") {
  const auto arguments = GENERATE(
      std::vector<std::string>{}, std::vector<std::string>{"chekc"},
      std::vector<std::string>{"--colour"}, std::vector<std::string>{"--config"},
      std::vector<std::string>{"check"}, std::vector<std::string>{"check", "mail.example.org"},
      std::vector<std::string>{"check", "192.0.2.1", "192.0.2.2"},
      std::vector<std::string>{"lint", "everything"});
  const auto ran = run(arguments);
  CHECK(ran.exit_code == 2);
  CHECK_THAT(ran.err, ContainsSubstring("badclientsctl: "));
  CHECK(ran.out.empty());
}

TEST_CASE("check without a configuration cannot decide; lint calls it an error") {
  const TempFolder folder;
  const auto check = run({"--config", folder / "missing", "check", "192.0.2.1"});
  CHECK(check.exit_code == 2);
  CHECK_THAT(check.err, ContainsSubstring(folder / "missing"));
  const auto lint = run({"--config", folder / "missing", "lint"});
  CHECK(lint.exit_code == 1);
  CHECK_THAT(lint.out, ContainsSubstring(folder / "missing"));
}

TEST_CASE("check tells a refused login from an allowed one") {
  const Site site;
  const auto refused = site.ctl({"check", "52.97.246.245", "--user", "alice", "--service", "imap"});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.out, ContainsSubstring("ip_net.deny.lst:2  52.96.0.0/14"));
  CHECK_THAT(refused.out, ContainsSubstring("mail-audit: user=<alice>, service=imap, "
                                            "ip=52.97.246.245"));
  CHECK(refused.err.empty());
  CHECK(site.ctl({"check", "84.46.0.17"}).exit_code == 0);
  CHECK(site.ctl({"check", "64:ff9b::52.97.246.245"}).exit_code == 1);
  CHECK(site.ctl({"check", "::ffff:52.97.246.245"}).exit_code == 1);
}

TEST_CASE("check follows monitor mode, disabled services and allow entries") {
  const Site site;
  site.configure("disabled_services = pop3\n");
  CHECK(site.ctl({"check", "84.46.0.17", "--service", "pop3"}).exit_code == 1);
  CHECK(site.ctl({"check", "84.46.0.17", "--service", "imap"}).exit_code == 0);
  site.configure("mode = monitor\n");
  const auto watched = site.ctl({"check", "52.97.246.245"});
  CHECK(watched.exit_code == 0);
  CHECK_THAT(watched.out, ContainsSubstring("would_block=True"));
  site.configure("");
  site.folder().write("lists/ip_net.allow.lst", "52.97.246.245\n");
  const auto allowed = site.ctl({"check", "52.97.246.245"});
  CHECK(allowed.exit_code == 0);
  CHECK_THAT(allowed.out, ContainsSubstring("ip_net.allow.lst:1"));
  CHECK_THAT(allowed.out, ContainsSubstring("ip_net.deny.lst:2"));
}

TEST_CASE("check --json prints one object and nothing else") {
  const Site site;
  const auto ran = site.ctl({"check", "52.97.246.245", "--json", "--user", "M\xfcller"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.empty());
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json.at("verdict").at("decision") == "deny");
  CHECK(json.at("verdict").at("rule") == "ip_net.deny.lst:2");
  CHECK(json.at("user") == "M\xef\xbf\xbdller");
}

TEST_CASE("check warns of faults in the lists, and goes on without the lines") {
  const Site site;
  site.folder().write("lists/ip_net.deny.lst", "nonsense\n52.96.0.0/14\n");
  const auto ran = site.ctl({"check", "52.97.246.245"});
  CHECK(ran.exit_code == 1);
  CHECK_THAT(ran.err, ContainsSubstring("ip_net.deny.lst:1: "));
}

TEST_CASE("--config may stand behind the command, too") {
  const Site site;
  CHECK(run({"check", "52.97.246.245", "--config", site.path("conf")}).exit_code == 1);
  CHECK(run({"lint", "--config=" + site.path("conf")}).exit_code == 0);
}

TEST_CASE("lint exits with 1 when there is an error, and names it") {
  const Site site;
  const auto clean = site.ctl({"lint"});
  CHECK(clean.exit_code == 0);
  CHECK(clean.out == "1 list, 1 entry, 0 errors, 0 warnings\n");
  site.folder().write("lists/ip_net.deny.lst", "52.96.0.0/14\nnonsense\n");
  const auto ran = site.ctl({"lint"});
  CHECK(ran.exit_code == 1);
  CHECK_THAT(ran.out, ContainsSubstring(site.path("lists/ip_net.deny.lst") + ":2: error: "));
}

TEST_CASE("output that cannot be written is no success") {
  const Site site;
  const auto child = fork();
  if (child == 0) {
    dup2(open("/dev/full", O_WRONLY), 1);
    execl(CTL_PROGRAM, CTL_PROGRAM, "--config", site.path("conf").c_str(), "lint", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 2));
}

TEST_CASE("root works as the owner of the state folder, and leaves nothing that is root's") {
  if (geteuid() != 0) {
    WARN("not root: nothing to see here");
    return;
  }
  constexpr uid_t somebody = 65534;
  const Site site;
  REQUIRE(chmod(site.folder().path().c_str(), 0755) == 0);
  REQUIRE(chown(site.path("state").c_str(), somebody, somebody) == 0);
  REQUIRE(chmod(site.path("state").c_str(), 0700) == 0);
  CHECK(site.ctl({"check", "84.46.0.17"}).exit_code == 0);
  wait_for_maker(site.path("state"));
  for (const auto& file : fs::directory_iterator(site.path("state"))) {
    struct stat status {};
    REQUIRE(stat(file.path().c_str(), &status) == 0);
    INFO(file.path());
    CHECK(status.st_uid == somebody);
  }
  CHECK(site.ctl({"lint"}).exit_code == 0);
  REQUIRE(chmod(site.path("lists/ip_net.deny.lst").c_str(), 0600) == 0);
  const auto ran = site.ctl({"lint"});
  CHECK(ran.exit_code == 1);
  CHECK_THAT(ran.out, ContainsSubstring("ip_net.deny.lst: error: "));
}

TEST_CASE("every long option of each program stands in its manual page") {
  const std::vector<std::pair<std::string, std::string>> programs{
      {BADCLIENTS_PROGRAM, "badclients.8"},
      {LOOKUP_PROGRAM, "badclients-lookup.8"},
      {CTL_PROGRAM, "badclientsctl.8"}};
  static const std::regex option("--([a-z][a-z-]+)");
  for (const auto& [program, page] : programs) {
    auto help = run({"--help"}, program.c_str());
    CHECK(help.exit_code == 0);
    if (program == CTL_PROGRAM) {
      for (const auto& command : commands()) {
        help.out += run({std::string(command.name), "--help"}).out;
      }
    }
    const auto manual = read_whole_file(BADCLIENTS_SOURCE_ROOT "/man/" + page);
    std::set<std::string> options;
    for (std::sregex_iterator at(help.out.begin(), help.out.end(), option), end; at != end; ++at) {
      options.insert((*at)[1]);
    }
    CHECK(options.count("help") + options.count("config") >= 1);
    for (const auto& name : options) {
      INFO(page << ": --" << name);
      CHECK(manual.find("Fl -" + name) != std::string::npos);
    }
  }
}
