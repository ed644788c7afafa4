#include "admin/lint.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "admin/lint_text.hpp"
#include "catch.hpp"
#include "lint_site.hpp"
#include "places.hpp"

using namespace badclients;
using Severity = config::Problem::Severity;
namespace fs = std::filesystem;

TEST_CASE("a clean site has no faults, and is counted") {
  const LintSite site;
  site.write("lists/ip_net.deny.lst", "# comment\n52.96.0.0/14\n40.96.0.0/13 New Outlook\n");
  site.write("lists/entity.deny.lst", "MAIL-RU\n");
  CHECK(site.text() == "2 lists, 3 entries, 0 errors, 0 warnings\n");
}

TEST_CASE("a configuration that cannot be read is an error") {
  const LintSite site;
  fs::remove(site.path("conf"));
  const auto findings = site.lint();
  CHECK(findings.count(Severity::error) == 1);
  CHECK_THAT(admin::as_text(findings), ContainsSubstring("No such file or directory"));
}

TEST_CASE("faults of the configuration are named by line, notes do not count as errors") {
  const LintSite site;
  site.configure("mode = sometimes\nprocess_unknown = yes\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("conf:6: error: general/mode: 'sometimes'"));
  CHECK_THAT(text, ContainsSubstring("conf:7: note: general/process_unknown:"));
  CHECK_THAT(text, ContainsSubstring("1 error, 0 warnings, 1 note\n"));
}

TEST_CASE("lint says where texts for users go, and what that may do") {
  const LintSite site;
  site.configure("deny_message = Not from there.\n");
  CHECK_THAT(site.text(), ContainsSubstring("conf: note: general/deny_message_services is empty: "
                                            "through checkpassword, users get no text"));
  site.write("secret", "s3cret\n");
  site.configure("deny_message = Not from there.\n[policy]\nsecret_file = secret\n");
  CHECK_THAT(site.text(), !ContainsSubstring("deny_message_services"));
  site.configure("deny_message = Not from there.\ndeny_message_services = imap\n");
  CHECK_THAT(site.text(),
             ContainsSubstring("conf: note: general/deny_message_services: checkpassword's "
                               "answer with a text reads as a success wherever Dovecot proxies"));
  CHECK_THAT(site.text(), ContainsSubstring("One behind badclients cannot be seen from here"));
  site.configure("");
  CHECK_THAT(site.text(), !ContainsSubstring("deny_message"));
  site.write("lists/clients/x.client", "Name: X\nMessage: No X.\n\nip_net=192.0.32.0/24\n");
  CHECK_THAT(site.text(), ContainsSubstring("neither deny_message nor a client's Message"));
}

TEST_CASE("faults of the lists are named by file and line") {
  const LintSite site;
  site.write("lists/ip_net.deny.lst", "52.96.0.0/14\n\n300.1.2.3\n");
  site.write("lists/asn.deny.lst", "Vodafone\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("lists/ip_net.deny.lst:3: error: "));
  CHECK_THAT(text, ContainsSubstring("lists/asn.deny.lst:1: error: "));
  CHECK_THAT(text, ContainsSubstring("2 errors"));
}

TEST_CASE("an index and databases that a login cannot map at once are an error, with what to do") {
  LintSite site;
  site.write("lists/ip_net.deny.lst", "192.0.32.0/24\n");
  site.write("city.mmdb", "");
  const auto told = [&](std::uintmax_t mib) {
    fs::resize_file(site.path("city.mmdb"), mib << 20U);
    site.configure(fmt::format("[maxmind]\ngeo_city = {}\n", site.path("city.mmdb")));
    return site.text();
  };
  CHECK_THAT(told(200), !ContainsSubstring("address space"));
  CHECK_THAT(
      told(250),
      ContainsSubstring("conf: error: a login maps the index of the lists (0 MiB) and the "
                        "GeoIP databases (250 MiB), which is more than the 256 MiB of address "
                        "space that Dovecot gives it by default (try: service auth { vsz_limit = "
                        "282M })"));
  site.room = admin::Room{"badclients", 1U << 30U, /*is_default=*/false};
  CHECK_THAT(told(250), !ContainsSubstring("address space"));
  CHECK_THAT(told(1020), ContainsSubstring("than the 1024 MiB of address space that Dovecot gives "
                                           "it (try: service badclients { vsz_limit = 1052M })"));
  site.room.reset();
  CHECK_THAT(told(1020), !ContainsSubstring("address space"));
}

TEST_CASE("folders and programs that are missing are errors") {
  const LintSite site;
  fs::remove_all(site.path("lists"));
  fs::remove_all(site.path("state"));
  fs::remove(site.path("helper"));
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("list"));
  CHECK_THAT(text, ContainsSubstring("general/state_path: state: No such file or directory"));
  CHECK_THAT(text, ContainsSubstring("lookup/helper: helper: No such file or directory"));
  CHECK_THAT(text, ContainsSubstring("3 errors"));
}

TEST_CASE("a file where a folder should be is an error") {
  const LintSite site;
  fs::remove_all(site.path("state"));
  site.write("state", "");
  CHECK_THAT(site.text(), ContainsSubstring("general/state_path: state is not a folder"));
}

TEST_CASE("a helper that nobody may run is an error, unless it is never started") {
  const LintSite site;
  chmod(site.path("helper").c_str(), 0644);
  CHECK_THAT(site.text(), ContainsSubstring("lookup/helper: helper is no program"));
  site.configure("[lookup]\nreverse_dns = no\norigin = none\nregistration = none\n");
  CHECK(site.lint().problems.empty());
}

TEST_CASE("a log that cannot be made is an error") {
  const LintSite site;
  site.configure("log = " + site.path("nowhere/audit.log") + "\n");
  CHECK_THAT(site.text(), ContainsSubstring("general/log: user"));
  site.configure("log = " + site.path("state/audit.log") + "\n");
  CHECK(site.lint().problems.empty());
  CHECK_FALSE(fs::exists(site.path("state/audit.log")));
}

TEST_CASE("lists that look at what no database has are errors, and say so") {
  if (std::system("perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null") != 0) {
    WARN("MaxMind::DB::Writer is not installed: skipped");
    return;
  }
  const LintSite site;
  const auto database = [&](const char* name, const char* json) {
    site.write("json", json);
    const auto command = std::string("perl '") + BADCLIENTS_SOURCE_ROOT +
                         "/test/data/write_mmdb.pl' '" + site.path(name) + "' <'" +
                         site.path("json") + "'";
    REQUIRE(std::system(command.c_str()) == 0);
  };
  database("country.mmdb", R"({"type": "country ipv4", "ip_version": 4,
                               "networks": {"192.0.2.0/24": {"country_code": "DE"}}})");
  database("lite.mmdb", R"({"type": "ipinfo lite", "types": {"country": "utf8_string"},
    "networks": {"192.0.2.0/24": {"asn": "AS1", "as_name": "X", "country_code": "DE"},
                 "2600::/32": {"asn": "AS1", "as_name": "X", "country_code": "DE"}}})");
  site.configure("[maxmind]\ngeo_city = country.mmdb\ngeo_asn = lite.mmdb\nanonymous_ip = " +
                 site.path("none") + "\n");
  site.write("lists/maxmind/geo_cc.deny.lst", "DE\n");
  site.write("lists/maxmind/geo_loc.deny.lst", "2921044\n");
  site.write("lists/maxmind/coords.deny.lst", "52,13,100,0.5\n");
  site.write("lists/maxmind/as_org.deny.lst", "'X\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("geo_loc.deny.lst:1: error: maxmind/geo_loc: nothing here can "
                                     "ever match: country.mmdb (maxmind/geo_city) has no GeoName "
                                     "IDs"));
  CHECK_THAT(text, ContainsSubstring("coords.deny.lst:1: error: ") &&
                       ContainsSubstring("has no coordinates"));
  CHECK_THAT(text, !ContainsSubstring("geo_cc.deny.lst") && !ContainsSubstring("as_org.deny.lst"));
  CHECK_THAT(text,
             ContainsSubstring("warning: maxmind/geo_city: country.mmdb has no IPv6 address"));
  CHECK_THAT(text, !ContainsSubstring("lite.mmdb has no"));
}

TEST_CASE("a database that is missing or broken is an error, unless databases are off") {
  const LintSite site;
  site.write("broken.mmdb", "this is no database");
  site.configure("[maxmind]\ngeo_city = missing.mmdb\ngeo_asn = broken.mmdb\n");
  const auto findings = site.lint();
  CHECK(findings.count(Severity::error) == 2);
  CHECK_THAT(site.text(), ContainsSubstring("missing.mmdb") && ContainsSubstring("broken.mmdb"));
  site.configure("enable_maxmind = no\n[maxmind]\ngeo_city = missing.mmdb\n");
  CHECK(site.lint().count(Severity::error) == 0);
}

TEST_CASE("a place that every user may write to is a warning") {
  const LintSite site;
  chmod(site.path("lists").c_str(), 0777);
  chmod(site.path("conf").c_str(), 0666);
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("general/list_path: every user of this machine may write"));
  CHECK_THAT(text, ContainsSubstring("the configuration: every user of this machine may write"));
  CHECK_THAT(text, ContainsSubstring("0 errors, 2 warnings"));
}

TEST_CASE("a list whose facts are switched off is an error, at its first entry") {
  const LintSite site;
  site.write("lists/asn.deny.lst", "# first\nAS64500\nAS64501\n");
  site.write("lists/rev_host.deny.lst", "'mail.example.org\n");
  site.write("lists/net_name.deny.lst", "'MSFT\n");
  site.write("lists/maxmind/as_org.deny.lst", "'Example\n");
  site.write("lists/maxmind/geo_loc.deny.lst", "4744870\n");
  site.configure("[lookup]\nreverse_dns = no\norigin = none\nregistration = none\n");
  const auto text = site.text();
  CHECK_THAT(text,
             ContainsSubstring("lists/asn.deny.lst:2: error: asn: nothing here can ever match: "
                               "lookup/origin is none, and maxmind/geo_asn names no database"));
  CHECK_THAT(text, ContainsSubstring("lists/rev_host.deny.lst:1: error: "));
  CHECK_THAT(text, ContainsSubstring("lists/net_name.deny.lst:1: error: "));
  CHECK_THAT(text, ContainsSubstring("lists/maxmind/as_org.deny.lst:1: error: "));
  CHECK_THAT(text, ContainsSubstring("lists/maxmind/geo_loc.deny.lst:1: error: "));
  CHECK_THAT(text, ContainsSubstring("5 errors"));
}

TEST_CASE("an entry within ignore_networks is a warning") {
  const LintSite site;
  site.configure("ignore_networks = 52.96.0.0/14\n");
  site.write("lists/ip_net.deny.lst", "52.97.0.0/16\n52.0.0.0/8\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("ip_net.deny.lst:1: warning: '52.97.0.0/16' never counts"));
  CHECK_THAT(text, ContainsSubstring("0 errors, 1 warning"));
}

TEST_CASE("an allow entry for addresses without a name never allows, and is a warning") {
  const LintSite site;
  site.write("lists/rev_host.allow.lst", "<>\n");
  site.write("lists/rev_host.deny.lst", "<>\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("rev_host.allow.lst:1: warning: '<>' never allows"));
  CHECK_THAT(text, ContainsSubstring("1 warning\n"));
}

TEST_CASE("an entry that stands there twice is a note") {
  const LintSite site;
  site.write("lists/asn.deny.lst", "AS64500\n");
  fs::create_directory(site.path("lists/asn.deny.d"));
  site.write("lists/asn.deny.d/more.lst", "AS64501\nas64500 again\n");
  CHECK_THAT(site.text(),
             ContainsSubstring("lists/asn.deny.d/more.lst:2: note: 'AS64500' stands in "
                               "asn.deny.lst:1 already"));
}

TEST_CASE("client files are counted and checked too") {
  const LintSite site;
  site.write(
      "lists/clients/gmail.client",
      "Name: Gmail\nVendor: Google LLC\n\nasn=AS15169 rev_host=mail-.+ service=pop3\nasn=x\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("lists/clients/gmail.client:4: warning: 'mail-.+'"));
  CHECK_THAT(text, ContainsSubstring("lists/clients/gmail.client:5: error: "));
  CHECK_THAT(text, ContainsSubstring("0 lists, 0 entries, 1 client with 1 rule, 1 error"));
}

TEST_CASE("foreign bytes in a list do not reach the terminal") {
  const LintSite site;
  site.write("lists/ip_net.deny.lst", "\x1b[2J\xff\n");
  const auto text = site.text();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE("habits from shell globs and regular expressions are noticed in patterns") {
  const auto doubtful = [](const char* pattern) { return std::string(admin::doubtful(pattern)); };
  CHECK_THAT(doubtful("*.example.org"), ContainsSubstring("nothing stands before"));
  CHECK_THAT(doubtful("^*.example.org"), ContainsSubstring("nothing stands before"));
  CHECK_THAT(doubtful("mail*"), ContainsSubstring("only the one character"));
  CHECK_THAT(doubtful("[0-9]{3}"), ContainsSubstring("counted"));
  CHECK_THAT(doubtful("(?:a)"), ContainsSubstring("(?"));
}

TEST_CASE("patterns as the manual writes them are not doubted") {
  for (const auto* pattern : {"",
                              ".*",
                              "<>",
                              ".*%.compute%-1%.amazonaws%.com",
                              "mail%-.+%-.+%.google%.com",
                              "%d+%-%d+%-%d+%-%d+%.protonmail%.ch",
                              "VODANET.*",
                              ".*Vodafone.*",
                              "EU%-LINODE%-20141229",
                              "[%w-]+%.example",
                              "[a-z]*x",
                              "[]*]+",
                              "%b()",
                              "%d-x",
                              ".-x",
                              "(a)%1",
                              "'it's",
                              "'",
                              "\"a",
                              "'mail-x*|y\\",
                              "a?b+",
                              "%",
                              "[",
                              "{x}"}) {
    INFO(pattern);
    CHECK(admin::doubtful(pattern) == "");
  }
}

TEST_CASE("a line of [update] that no update could follow is an error") {
  const LintSite site;
  site.configure("[update]\ngood = google\nbad = gogle\n../bad = aws\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("conf:8: error: update/bad: 'gogle' is no source"));
  CHECK_THAT(text, ContainsSubstring("conf:9: error: update/../bad: '../bad' is no place"));
  CHECK_THAT(text, ContainsSubstring("2 errors"));
}

TEST_CASE("what an update writes is no fault") {
  const LintSite site;
  fs::create_directories(site.path("lists/ip_net.deny.d"));
  fs::create_directories(site.path("lists/clients/data"));
  const std::string list = "# written by badclientsctl update; do not edit\n52.96.0.0/14\n";
  site.write("lists/ip_net.deny.d/new-outlook.lst", list);
  site.write("lists/clients/data/new-outlook.net", list);
  CHECK(site.text() == "1 list, 1 entry, 0 errors, 0 warnings\n");
}
