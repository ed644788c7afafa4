#include <nlohmann/json.hpp>

#include "admin/report/counter.hpp"
#include "admin/report/groups.hpp"
#include "admin/report/known.hpp"
#include "admin/report/pseudonyms.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
namespace report = badclients::admin::report;

namespace {

logs::Login with_host(const std::string& host, bool known = true) {
  logs::Login login;
  login.host = host;
  login.host_known = known;
  return login;
}

}  // namespace

TEST_CASE("the domain of a reverse name is what somebody registers") {
  const auto domain = [](const std::string& host) { return report::domain_of(with_host(host)); };
  CHECK(domain("ec2-52-23-158-188.compute-1.amazonaws.com") == "amazonaws.com");
  CHECK(domain("P5B.dip0.T-IPCONNECT.de") == "t-ipconnect.de");
  CHECK(domain("host.cam.ac.uk") == "cam.ac.uk");
  CHECK(domain("a.b.com.br") == "b.com.br");
  CHECK(domain("ac.uk") == "ac.uk");
  CHECK(domain("co.example.net") == "example.net");
  CHECK(domain("localhost") == "localhost");
  CHECK(domain("a.example.net.") == "example.net");
  CHECK(domain(".") == "");
  CHECK(domain("") == "<>");
  CHECK(report::domain_of(with_host("", false)).empty());
}

TEST_CASE("a network without a name is the block of its address") {
  logs::Login login;
  login.ip = "192.0.2.77";
  CHECK(report::network_of(login) == "192.0.2.0/24");
  login.ip = "2001:db8:1:2::3";
  CHECK(report::network_of(login) == "2001:db8:1::/48");
  login.net_name = "EU-LINODE";
  CHECK(report::network_of(login) == "EU-LINODE");
  login = {};
  CHECK(report::network_of(login).empty());
}

TEST_CASE("what refused a login has the value that matched") {
  logs::Login login;
  login.matched = "asn";
  login.asn = 8075;
  CHECK(report::reason_of(login) == "asn AS8075");
  login.matched = "entity:MAIL-RU";
  CHECK(report::reason_of(login) == "entity:MAIL-RU");
  login.matched = "rev_host";
  CHECK(report::reason_of(login) == "rev_host <>");
  login.host = "alices-laptop.example.net";
  CHECK(report::reason_of(login) == "rev_host alices-laptop.example.net");
  CHECK(report::reason_of(login, false) == "rev_host");
  login.matched = "net_cc";
  login.net_cc = "RU";
  CHECK(report::reason_of(login) == "net_cc RU");
  login.client = "Spark";
  CHECK(report::reason_of(login) == "Spark");
}

TEST_CASE("known networks are ASes, and domains with what is below them") {
  const TempFolder folder;
  const auto known = report::Known::read(
      folder.write("known", "AS680 # DFN\n; nothing\n\nMPG.de\n.example.net\nas-telekom.de\n"));
  REQUIRE(known);
  logs::Login login;
  CHECK_FALSE(known->holds(login));
  login.asn = 680;
  CHECK(known->holds(login));
  CHECK(known->holds(with_host("mpg.de")));
  CHECK(known->holds(with_host("www.MPG.de")));
  CHECK(known->holds(with_host("a.b.example.net")));
  CHECK(known->holds(with_host("x.as-telekom.de")));
  CHECK_FALSE(known->holds(with_host("xmpg.de")));
  CHECK_FALSE(known->holds(with_host("de")));
  CHECK_FALSE(report::Known::read(folder.write("bad", "AS680\nAS99999999999\n")));
  const auto bad = report::Known::read(folder.write("bad", "AS680\nmpg de\n"));
  REQUIRE_FALSE(bad);
  CHECK_THAT(bad.error(), ContainsSubstring(folder / "bad:2: 'mpg de'"));
}

TEST_CASE("a pseudonym depends on the key and on the kind") {
  // HMAC-SHA-256, as `printf 'user\0alice' | openssl dgst -sha256 -hmac key` has it.
  const report::Pseudonyms one{"key"}, other{"kex"};
  CHECK(one.user("alice") == "user-dee5a5a5c2bc");
  CHECK(one.user("alice") != other.user("alice"));
  CHECK(one.user("alice").substr(5) != one.address("alice").substr(8));
}

TEST_CASE("pairs are counted once, however often and in whatever order they come") {
  report::Pairs pairs;
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t user = 0; user < 100000; ++user) pairs.add(user % 7, (user * 7919) % 5000);
  }
  CHECK(pairs.users(8) == std::vector<std::uint64_t>{5000, 5000, 5000, 5000, 5000, 5000, 5000, 0});
}
