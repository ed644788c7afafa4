// badclients-lookup itself, as badclients runs it.

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "ask/wire/protocol.hpp"
#include "base/process.hpp"
#include "catch.hpp"
#include "loopback.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::test;

namespace {

constexpr std::size_t plenty_of_output = 1024 * 1024;

/// A configuration under which everything is asked of one address on loopback.
std::string configuration(const Server& nameserver, const Server& whois) {
  std::string text =
      "[lookup]\nregistration = whois\ndeadline = 30s\n[dns]\nnameserver = " + nameserver.str() +
      "\norigin_zone = origin.test\nasn_zone = asn.test\n[whois]\n";
  for (const auto* key : {"arin", "ripencc", "apnic", "lacnic", "afrinic", "iana", "cymru"}) {
    text += std::string(key) + " = " + whois.str() + "\n";
  }
  return text;
}

base::Ran start(const std::string& config_path, const std::string& input,
                const std::vector<std::string>& words = {}, base::Deadline deadline = plenty()) {
  std::vector<std::string> arguments{"--config", config_path};
  arguments.insert(arguments.end(), words.begin(), words.end());
  auto ran =
      base::run({LOOKUP_PROGRAM, arguments, input, deadline, plenty_of_output, plenty_of_output});
  REQUIRE(ran);
  return std::move(*ran);
}

std::string request(base::Deadline deadline, std::vector<std::string> zones = {}) {
  return encode(ask::Request{
      address("139.162.133.252"), {true, true, true, true, true, std::move(zones)}, deadline, {}});
}

facts::Facts read(const std::string& output) {
  facts::Facts facts;
  std::string_view rest = output;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    REQUIRE(end != std::string_view::npos);
    INFO(rest.substr(0, end));
    CHECK(ask::decode_answer(rest.substr(0, end), {}, facts));
    rest.remove_prefix(end + 1);
  }
  return facts;
}

struct World {
  Nsd nsd{Nsd::Zones{
      {"133.162.139.in-addr.arpa", "252 PTR mail.example.test."},
      {"example.test", "mail A 139.162.133.252"},
      {"origin.test", "252.133.162.139 TXT \"63949 | 139.162.128.0/19 | NL | ripencc | \""},
      {"asn.test", "AS63949 TXT \"63949 | US | arin | | AKAMAI, SG\""},
      {"bl.test", "252.133.162.139 A 127.0.0.2"}}};
  TcpServer whois{[](const base::Descriptor& connection) {
    (void)read_line(connection);
    (void)send_all(connection, "inetnum: 139.162.0.0/16\nnetname: EU-LINODE\n", plenty());
  }};
  TempFolder folder;
  std::string config_path =
      folder.write("badclients.conf", configuration(nsd.server(), whois.server()));
};

bool no_nsd() {
  if (Nsd::available()) return false;
  WARN("skipped: no NSD here");
  return true;
}

}  // namespace

TEST_CASE("badclients-lookup answers a request with a line for each fact, and nothing else") {
  if (no_nsd()) return;
  World world;
  const auto ran = start(world.config_path, request(plenty(), {"bl.test"}));
  CHECK(ran.end == base::Ran::End::exited);
  CHECK(ran.code == 0);
  CHECK(ran.stderr_text.empty());
  const auto facts = read(ran.output);
  CHECK(facts.reverse_names.value ==
        facts::ReverseNames{{"mail.example.test", facts::Confirmed::yes}});
  CHECK(facts.origin.value.asns == std::vector{63949U});
  CHECK(facts.as_descriptions.at(0).value.text == "AKAMAI, SG");
  CHECK(facts.registration.value.name == "EU-LINODE");
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].value.answers == std::vector{address("127.0.0.2")});
}

TEST_CASE("badclients-lookup can be asked by hand") {
  if (no_nsd()) return;
  World world;
  const auto all = start(world.config_path, "", {"139.162.133.252"});
  CHECK(all.code == 0);
  CHECK(read(all.output).registration.value.name == "EU-LINODE");

  const auto some =
      read(start(world.config_path, "", {"139.162.133.252", "ptr", "dnsbl:bl.test"}).output);
  CHECK(some.reverse_names.known());
  CHECK(some.dnsbl.size() == 1);
  CHECK(some.origin.knowledge == facts::Knowledge::not_asked);
}

TEST_CASE("badclients-lookup says on standard error what it was called with that is no good") {
  const TempFolder folder;
  const auto config_path = folder.write("badclients.conf", "");
  const auto complaint = [&](const std::string& input, const std::vector<std::string>& words) {
    const auto ran = start(config_path, input, words);
    CHECK(ran.code == 2);
    CHECK(ran.output.empty());
    return ran.stderr_text;
  };
  CHECK_THAT(complaint("", {}), ContainsSubstring("standard input"));
  CHECK_THAT(complaint("address 192.0.2.1\n", {}), ContainsSubstring("standard input"));
  CHECK_THAT(complaint(std::string(1024 * 1024, 'x'), {}), ContainsSubstring("too long"));
  CHECK_THAT(complaint("", {"nonsense"}), ContainsSubstring("'nonsense' is not an IP address"));
  CHECK_THAT(complaint("", {"192.0.2.1", "shoe-size"}), ContainsSubstring("'shoe-size'"));
  CHECK_THAT(complaint("", {"--nonsense"}), ContainsSubstring("nonsense"));

  const auto missing = start(folder / "missing.conf", "", {"192.0.2.1"});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.stderr_text, ContainsSubstring("missing.conf"));

  const auto help = start(config_path, "", {"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.output, ContainsSubstring("Usage"));
}

TEST_CASE("badclients-lookup says what went wrong before the deadline at which it is killed") {
  const UdpServer silent([](const auto&) { return std::vector<std::string>(); });
  const TempFolder folder;
  const auto config_path =
      folder.write("badclients.conf", configuration(silent.server(), nobody()));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  const auto ran = start(config_path, request(deadline, {"bl.test"}), {}, deadline);
  CHECK(ran.end == base::Ran::End::exited);
  const auto facts = read(ran.output);
  CHECK_THAT(facts.reverse_names.trouble, ContainsSubstring("no answer in time"));
  CHECK(facts.origin.failed());
  CHECK(facts.registration.failed());
  CHECK(facts.dnsbl.size() == 1);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they take terabytes
TEST_CASE("badclients-lookup lives in the address space that Dovecot's auth process has") {
  if (no_nsd()) return;
  World world;
  std::vector<std::string> zones{"bl.test"};
  for (int i = 0; i < 100; ++i) zones.push_back("z" + std::to_string(i) + ".bl.test");
  // A shell of its own sets the limit: this process may need more.
  const auto ran = base::run(
      {"/bin/sh",
       {"-c", "ulimit -v 262144; exec \"$0\" --config \"$1\"", LOOKUP_PROGRAM, world.config_path},
       request(plenty(), zones),
       plenty(),
       plenty_of_output,
       plenty_of_output});
  REQUIRE(ran);
  CHECK(ran->stderr_text.empty());
  const auto facts = read(ran->output);
  CHECK(facts.registration.known());
  CHECK(facts.dnsbl.size() == 101);
}
#endif

TEST_CASE("badclients-lookup ends when nobody listens any more") {
  if (no_nsd()) return;
  World world;
  std::array<int, 2> nobody_reads{};
  REQUIRE(pipe(nobody_reads.data()) == 0);
  close(nobody_reads[0]);
  const auto pid = fork();
  if (pid == 0) {
    dup2(nobody_reads[1], 1);
    execl(LOOKUP_PROGRAM, "badclients-lookup", "--config", world.config_path.c_str(),
          "139.162.133.252", "ptr", nullptr);
    _exit(127);
  }
  close(nobody_reads[1]);
  int status = -1;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
