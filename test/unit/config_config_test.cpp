#include "config/config.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "catch.hpp"
#include "config/table.hpp"
#include "temp_folder.hpp"

using namespace badclients::config;
using namespace std::chrono_literals;
using Severity = Problem::Severity;
using Words = std::vector<std::string>;

namespace {

Loaded read(std::string_view text) {
  return parse(text, "/etc/dovecot/bad_clients.conf.ext");
}

/// Settings of a text that has no problem.
Config good(std::string_view text) {
  const auto loaded = read(text);
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.str());
  CHECK(loaded.problems.empty());
  return loaded.config;
}

/// The one problem of a text.
Problem one_problem(std::string_view text) {
  const auto loaded = read(text);
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.str());
  REQUIRE(loaded.problems.size() == 1);
  return loaded.problems.front();
}

}  // namespace

TEST_CASE("an empty file means the defaults") {
  CHECK(good("") == Config{});
  CHECK(good("\n\r\n ; nothing\n#\n") == Config{});
}

TEST_CASE("what the table of keys calls a default is the default") {
  for (const auto& [key, set, comment] : table()) {
    INFO(key.section << "/" << key.name);
    if (key.from_original) continue;
    std::string text = "[" + std::string(key.section) + "]\n";
    text += std::string(key.name) + " = " + std::string(key.default_text) + "\n";
    CHECK(good(text) == Config{});
  }
}

TEST_CASE("every key stands in the table once, with a summary") {
  std::set<std::string> seen;
  for (const auto& [key, set, comment] : table()) {
    INFO(key.section << "/" << key.name);
    CHECK(seen.insert(std::string(key.section) + "/" + std::string(key.name)).second);
    CHECK_FALSE(key.summary.empty());
  }
  CHECK(seen.size() == 62);
  CHECK(seen.contains("general/list_path"));
  CHECK(seen.contains("maxmind/anonymous_ip"));
}

TEST_CASE("every key has its effect") {
  const auto config = good(R"(
[general]
list_path = /l
state_path = /s
mode = Monitor
disabled_services = POP3, smtp
ignore_networks = 192.0.2.17/24, 2001:db8::/32
log_local = yes
log = /var/log/badclients.log
on_error = tempfail
deny_message = Use IMAP; ask #helpdesk for help
deny_message_services = imap,pop3
enable_maxmind = no
[lookup]
deadline = 2500ms
reverse_dns = off
origin = whois
registration = whois, rdap
helper = /opt/helper
[dns]
nameserver = 127.0.0.1:5353 ::1 [::1]:54
origin_zone = o4.example.
origin6_zone = o6.example
asn_zone = as.example
[whois]
arin = localhost:1
ripencc = localhost:2
apnic = localhost:3
lacnic = localhost:4
afrinic = localhost:5
iana = localhost:6
cymru = localhost:7
[rdap]
arin = https://a
ripencc = https://r/
apnic = https://p/x
lacnic = https://l/
afrinic = http://f/
ca_file = /etc/ca.pem
proxy = http://proxy.example:3128
[cache]
ttl = 1h
negative_ttl = 0s
stale = 2d
ipv4_network = 20
ipv6_network = 32
max_entries = 10
shared = redis://127.0.0.1:6379/1
[maxmind]
geo_city = city.mmdb
geo_asn = /usr/share/asn.mmdb
anonymous_ip = geo/anonymous.mmdb
)");
  CHECK(config.general.list_path == "/l");
  CHECK(config.general.state_path == "/s");
  CHECK(config.general.mode == Mode::monitor);
  CHECK(config.general.disabled_services == Words{"pop3", "smtp"});
  REQUIRE(config.general.ignore_networks.size() == 2);
  CHECK(config.general.ignore_networks[0].str() == "192.0.2.0/24");
  CHECK(config.general.ignore_networks[1].str() == "2001:db8::/32");
  CHECK(config.general.log_local);
  CHECK(config.general.log == "/var/log/badclients.log");
  CHECK(config.general.on_error == OnError::tempfail);
  CHECK(config.general.deny_message == "Use IMAP; ask #helpdesk for help");
  CHECK(config.general.deny_message_services == Words{"imap", "pop3"});
  CHECK_FALSE(config.general.enable_maxmind);

  CHECK(config.lookup.deadline == 2500ms);
  CHECK_FALSE(config.lookup.reverse_dns);
  CHECK(config.lookup.origin == std::vector{OriginSource::whois});
  CHECK(config.lookup.registration ==
        std::vector{RegistrationSource::whois, RegistrationSource::rdap});
  CHECK(config.lookup.helper == "/opt/helper");

  using Endpoint = Config::Endpoint;
  CHECK(config.dns.nameserver ==
        std::vector<Endpoint>{{"127.0.0.1", 5353}, {"::1", 53}, {"::1", 54}});
  CHECK(config.dns.origin_zone == "o4.example");
  CHECK(config.dns.origin6_zone == "o6.example");
  CHECK(config.dns.asn_zone == "as.example");

  CHECK(config.whois.arin == Endpoint{"localhost", 1});
  CHECK(config.whois.ripencc == Endpoint{"localhost", 2});
  CHECK(config.whois.apnic == Endpoint{"localhost", 3});
  CHECK(config.whois.lacnic == Endpoint{"localhost", 4});
  CHECK(config.whois.afrinic == Endpoint{"localhost", 5});
  CHECK(config.whois.iana == Endpoint{"localhost", 6});
  CHECK(config.whois.cymru == Endpoint{"localhost", 7});

  CHECK(config.rdap.arin == "https://a/");
  CHECK(config.rdap.ripencc == "https://r/");
  CHECK(config.rdap.apnic == "https://p/x/");
  CHECK(config.rdap.lacnic == "https://l/");
  CHECK(config.rdap.afrinic == "http://f/");
  CHECK(config.rdap.ca_file == "/etc/ca.pem");
  CHECK(config.rdap.proxy == "http://proxy.example:3128/");

  CHECK(config.cache.ttl == 1h);
  CHECK(config.cache.negative_ttl == 0s);
  CHECK(config.cache.stale == 48h);
  CHECK(config.cache.ipv4_network == 20);
  CHECK(config.cache.ipv6_network == 32);
  CHECK(config.cache.max_entries == 10);
  CHECK(config.cache.shared == "redis://127.0.0.1:6379/1");

  CHECK(config.maxmind.geo_city == "/etc/dovecot/city.mmdb");
  CHECK(config.maxmind.geo_asn == "/usr/share/asn.mmdb");
  CHECK(config.maxmind.anonymous_ip == "/etc/dovecot/geo/anonymous.mmdb");
}

TEST_CASE("paths of databases count from the folder of the configuration file") {
  const auto city = [](const char* name) {
    return parse("[maxmind]\ngeo_city = c.mmdb", name).config.maxmind.geo_city;
  };
  CHECK(city("/etc/x.conf") == "/etc/c.mmdb");
  CHECK(city("conf/x.conf") == "conf/c.mmdb");
  CHECK(city("x.conf") == "c.mmdb");
}

TEST_CASE("a byte order mark, CRLF and blanks do no harm") {
  const auto config = good("\xef\xbb\xbf[ General ]\r\n \tLIST_PATH\t=  /a b \r\n\r\nmode=monitor");
  CHECK(config.general.list_path == "/a b");
  CHECK(config.general.mode == Mode::monitor);
}

TEST_CASE("a comment may follow a value behind a blank, but not a message for users") {
  CHECK(good("[cache]\nttl = 1h ; one hour").cache.ttl == 1h);
  CHECK(good("[cache] # of answers\nttl = 2h\t# two").cache.ttl == 2h);
  CHECK(good("ignore_networks = ; none").general.ignore_networks.empty());
  CHECK(good("list_path = /a;b#c").general.list_path == "/a;b#c");
  CHECK(good("deny_message = a ; b # c").general.deny_message == "a ; b # c");
}

TEST_CASE("registry data is the first source, or none at all") {
  const Config defaults;
  CHECK(has_local(defaults.lookup.origin));
  CHECK(live(defaults.lookup.origin).size() == 2);
  CHECK(live(defaults.lookup.registration).front() == RegistrationSource::rdap);
  const auto alone = good("[lookup]\norigin = local\nregistration = LOCAL");
  CHECK(has_local(alone.lookup.origin));
  CHECK(live(alone.lookup.origin).empty());
  CHECK(live(alone.lookup.registration).empty());
  const auto without = good("[lookup]\norigin = dns");
  CHECK_FALSE(has_local(without.lookup.origin));
  CHECK(live(without.lookup.origin).size() == 1);
  const auto loaded = read("[lookup]\norigin = dns local\n");
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems.front().text ==
        "lookup/origin: local is not first (nobody is asked for what registry data has)");
}

TEST_CASE("none switches a look-up off") {
  const auto config = good("[lookup]\norigin = none\nregistration = None");
  CHECK(config.lookup.origin.empty());
  CHECK(config.lookup.registration.empty());
}

TEST_CASE("a bad value keeps the default, and its problem names place, value and expectation") {
  const auto loaded = read("[lookup]\n\n# comment\ndeadline = 5 parsecs\nreverse_dns = no\n");
  CHECK(loaded.config.lookup.deadline == 5s);
  CHECK_FALSE(loaded.config.lookup.reverse_dns);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].severity == Severity::error);
  CHECK(loaded.problems[0].str() ==
        "/etc/dovecot/bad_clients.conf.ext:4: lookup/deadline: '5 parsecs' is not a duration (try "
        "5s; the units are ms s m h d)");
}

TEST_CASE("every form of value is checked") {
  const auto check = [](const char* text, const char* expected) {
    INFO(text);
    const auto problem = one_problem(text);
    CHECK(problem.severity == Severity::error);
    CHECK_THAT(problem.text, ContainsSubstring(expected));
    CHECK(read(text).config == Config{});
  };
  check("list_path = lists", "'lists' is not an absolute path");
  check("state_path =", "'' is not an absolute path");
  check("log = file.log", "is none of auto, dovecot, syslog, stderr, none, and no absolute path");
  check("on_error = fail", "'fail' is none of allow, deny, tempfail");
  check("log_local = maybe", "'maybe' is neither yes nor no");
  check("ignore_networks = 10.0.0.0/33", "10.0.0.0/33");
  check("[lookup]\ndeadline = 99ms", "out of range (100ms to 1m)");
  check("[lookup]\ndeadline = 61s", "out of range (100ms to 1m)");
  check("[lookup]\norigin = rdap", "'rdap' is none of local, dns, whois, or none alone");
  check("[lookup]\norigin = dns none", "'none' is none of local, dns, whois, or none alone");
  check("[lookup]\nregistration = rdap rdap", "'rdap' is named twice");
  check("[lookup]\norigin =", "empty (none switches it off)");
  check("[lookup]\nhelper = badclients-lookup", "not an absolute path");
  check("[dns]\nnameserver = ns.example", "'ns.example' is no IP address");
  check("[dns]\norigin_zone = a b", "is not a DNS zone");
  check("[rdap]\nproxy = proxy:3128", "'proxy:3128' is not a URL");
  check("[whois]\narin = a:b", "no port");
  check("[rdap]\narin = whois.arin.net", "is not a URL");
  check("[rdap]\nca_file = ca.pem", "not an absolute path");
  check("[cache]\nttl = 1500ms", "is no whole second");
  check("[cache]\nttl = 0s", "out of range (1s to 365d)");
  check("[cache]\nipv4_network = 33", "is not a whole number from 0 to 32");
  check("[cache]\nipv6_network = /48", "is not a whole number from 0 to 128");
  check("[cache]\nmax_entries = 1e6", "is not a whole number from 1 to 1000000000");
  check("[cache]\nshared = redis", "is no shared cache");
}

TEST_CASE("the good networks of a list count beside a bad one") {
  const auto loaded = read("ignore_networks = 10.1.0.0/16, 10.2.0.0/166, 10.3.0.0/16");
  CHECK(loaded.config.general.ignore_networks.size() == 2);
  REQUIRE(loaded.problems.size() == 1);
  CHECK_THAT(loaded.problems[0].text, ContainsSubstring("general/ignore_networks: "));
  CHECK_THAT(loaded.problems[0].text, ContainsSubstring("10.2.0.0/166"));
}

TEST_CASE("networks are read as in lists, ranges with blanks in them, too") {
  const auto networks = [](const std::string& value) {
    std::string text;
    const auto loaded = read("ignore_networks = " + value);
    for (const auto& network : loaded.config.general.ignore_networks) text += network.str() + " ";
    for (const auto& problem : loaded.problems) text += problem.text + " ";
    return text;
  };
  CHECK(networks("10.0.0.0 - 10.0.0.5, 192.168.0.0/255.255.0.0 ::1 8.8.8.8-8.8.8.9") ==
        "10.0.0.0/30 10.0.0.4/31 192.168.0.0/16 ::1/128 8.8.8.8/31 ");
  CHECK(networks("8.8.8.0/24; x") ==
        "8.8.8.0/24 general/ignore_networks: '; x' is not a network (try 192.0.2.0/24, 192.0.2.0 - "
        "192.0.2.255 or 2001:db8::/32) general/ignore_networks: 'x' is not a network (try "
        "192.0.2.0/24, 192.0.2.0 - 192.0.2.255 or 2001:db8::/32) ");
}

TEST_CASE("a slip of the pen about the mode refuses nobody, and is the first problem") {
  const auto slipped = [](const std::string& text) {
    const auto loaded = read("foo = 1\nbar = 2\n" + text);
    INFO(text);
    CHECK(loaded.config.general.mode == Mode::monitor);
    REQUIRE_FALSE(loaded.problems.empty());
    CHECK(loaded.problems[0].severity == Problem::Severity::error);
    CHECK_THAT(loaded.problems[0].text,
               ContainsSubstring(": mode counts as monitor, and nobody is refused"));
    return loaded.problems[0].str();
  };
  CHECK(slipped("mode = moniter") ==
        "/etc/dovecot/bad_clients.conf.ext:3: general/mode: 'moniter' is none of enforce, monitor: "
        "mode counts as "
        "monitor, and nobody is refused");
  CHECK_THAT(slipped("mdoe = monitor"), ContainsSubstring("ext:3: 'mdoe' is no key of [general] "
                                                          "(did you mean mode?): mode counts"));
  CHECK_THAT(slipped("[genral]\nmode = monitor"), ContainsSubstring("ext:4: 'mode' stands in"));
  CHECK_THAT(slipped("[genral]\nlog = none"),
             ContainsSubstring("ext:3: a section that is misspelt may have the mode"));
  for (const auto* text :
       {"mode =", "mode = off", "mode = enforce monitor", "mod = monitor", "modus = monitor",
        "monitor = yes", "monitor_mode = yes", "[lookup]\nmode = monitor", "[foo]\nmode = monitor",
        "[GENERAl ]]\nmode = monitor", "mode: monitor", "mode monitor", "monitor",
        "mode = enforce\nmode = moniter", "mode = moniter\nmode = enforce",
        "mode = enforce\nmdoe = monitor", "mdoe = monitor\nmode = enforce"}) {
    slipped(text);
  }
  CHECK(parse("\xff\xfem\0o\0", "x").config.general.mode == Mode::monitor);
}

TEST_CASE("what has nothing to do with the mode does not change it") {
  for (const auto* text :
       {"", "mode = enforce", "foo = bar", "mdoe = enforce", "[lokup]\ndeadline = 5s",
        "[foo]\nx = y", "mode = enforce\n[genral]\nlog = none",
        "[genral]\nlog = none\nmode = enforce", "logg = none", "on_eror = deny", "what?",
        "[lookup]\norign = none", "[update]\nmode = x\nmonitor = y", "; mode = moniter"}) {
    INFO(text);
    CHECK(read(text).config.general.mode == Mode::enforce);
  }
}

TEST_CASE("an unknown key is an error with the nearest known one") {
  CHECK(one_problem("[lookup]\ndedline = 5s").str() ==
        "/etc/dovecot/bad_clients.conf.ext:2: 'dedline' is no key of [lookup] (did you mean "
        "deadline?)");
  CHECK_THAT(one_problem("ttl = 1h").text, ContainsSubstring("(it belongs in [cache])"));
  CHECK(one_problem("frobnicate = 1").text == "'frobnicate' is no key of [general]");
  CHECK(one_problem(std::string(100'000, 'x') + " = 1").severity == Severity::error);
}

TEST_CASE("an unknown section is one error, whatever stands in it") {
  const auto problem = one_problem("[whios]\narin = localhost\nfoo = bar\n[cache]\nttl = 1h");
  CHECK(problem.line == 1);
  CHECK(problem.text ==
        "'whios' is no section of this file (did you mean [whois]?); its keys have no effect");
}

TEST_CASE("a line that is neither section nor setting is an error") {
  using namespace std::string_literals;
  CHECK(one_problem("list_path /x").text == "'list_path /x' is neither [section] nor key = value");
  CHECK(one_problem("= 5").severity == Severity::error);
  CHECK(one_problem("[cache").severity == Severity::error);
  CHECK(one_problem("list_path = /a\0b"s).severity == Severity::error);
  CHECK(one_problem("\xff\xfe[\0c\0]\0"s).text ==
        "is UTF-16; save it as UTF-8: mode counts as monitor, and nobody is refused");
}

TEST_CASE("of a key given twice the last good one counts, with a warning") {
  const auto loaded = read("list_path=/a\n[cache]\nttl=1h\n[general]\nlist_path=/b\nlist_path=c\n");
  CHECK(loaded.config.general.list_path == "/b");
  REQUIRE(loaded.problems.size() == 2);
  CHECK(loaded.problems[0].severity == Severity::warning);
  CHECK(loaded.problems[0].line == 5);
  CHECK(loaded.problems[0].text == "general/list_path: takes the place of line 1");
  CHECK(loaded.problems[1].severity == Severity::error);
}

TEST_CASE("a message that smtp users or long texts would lose is warned of") {
  const auto services = one_problem("deny_message_services = imap smtp");
  CHECK(services.severity == Severity::warning);
  CHECK_THAT(services.text, ContainsSubstring("smtp never gets a message"));
  CHECK(one_problem("deny_message = " + std::string(401, 'x')).severity == Severity::warning);
  CHECK(read("deny_message = " + std::string(400, 'x')).problems.empty());
}

TEST_CASE("a file of the original is read as it is, and what has no effect is noted") {
  const auto loaded = read(R"([general]
; Directory with lists
list_path=/etc/dovecot/lists
; path to the python script
asn_script_path=/usr/local/bin/client_networks.py

; Comma separated lists fof services to always deny for
disabled_services=pop3

; Cache path can be file
# cachepath=whois_cache.json
; or redis uri redis:host:port
cachepath=redis:127.0.0.1:6379

; Also log/audit request from local ips
log_local=yes

; Additional networks to not block and not log
ignore_networks=192.168.0.0/16,224.0.0.0/4

; Enable MaxMind GeoLite Lookups
enable_maxmind=yes

; What to return if request shall succeed
;
; next (PASSDB_RESULT_NEXT) indicates that this passdb did not authenticate user
result_success=ok

; missmatch (PASSDB_RESULT_PASSWORD_MISMATCH)
result_block=expired

process_unknown=no

[maxmind]
geo_city=GeoLite2-City.mmdb
geo_asn=GeoLite2-ASN.mmdb)");
  CHECK(loaded.config.general.disabled_services == Words{"pop3"});
  CHECK(loaded.config.general.ignore_networks.size() == 2);
  CHECK(loaded.config.general.log_local);
  CHECK(loaded.config.general.enable_maxmind);
  CHECK(loaded.config.maxmind.geo_city == "/etc/dovecot/GeoLite2-City.mmdb");
  CHECK(loaded.config.maxmind.geo_asn == "/etc/dovecot/GeoLite2-ASN.mmdb");

  std::vector<unsigned> lines;
  for (const auto& problem : loaded.problems) {
    INFO(problem.str());
    // What the original did by result_success = ok and result_block = expired is not done here.
    const bool changed = problem.text.find("/result_") != std::string::npos;
    CHECK(problem.severity == (changed ? Severity::warning : Severity::note));
    CHECK_THAT(problem.text, ContainsSubstring("has no effect here: "));
    lines.push_back(problem.line);
  }
  CHECK(lines == std::vector<unsigned>{5, 13, 27, 30, 32});
  CHECK_THAT(loaded.problems[1].text,
             ContainsSubstring("set cache/shared = redis://127.0.0.1:6379"));
}

TEST_CASE("a file of the original's first version has keys without a section") {
  const auto loaded = read(
      "list_path=/etc/dovecot/lists2\nasn_script_path=/usr/local/bin/client_networks.py\n"
      "cachepath=/var/run/dovecot/whois_cache.json\n");
  CHECK(loaded.config.general.list_path == "/etc/dovecot/lists2");
  REQUIRE(loaded.problems.size() == 2);
  CHECK(loaded.problems[0].severity == Severity::note);
  CHECK(loaded.problems[1].text ==
        "general/cachepath: has no effect here: the cache is cache.db in general/state_path");
}

TEST_CASE("a file is read from its path") {
  const TempFolder folder;
  const auto path = folder.write("x.conf", "mode = monitor\nfoo\n");
  const auto loaded = load(path);
  REQUIRE(loaded);
  CHECK(loaded->config.general.mode == Mode::monitor);
  REQUIRE(loaded->problems.size() == 1);
  CHECK(loaded->problems[0].file == path);
}

TEST_CASE("a file that cannot be read is an error with path and reason") {
  const TempFolder folder;
  CHECK(load((folder / "none")).error().str() == (folder / "none") + ": No such file or directory");
  CHECK(load(folder.path()).error().str() == folder.path() + ": is a directory");
  CHECK(load(folder.write("big", std::string(1024 * 1024 + 1, '\n'))).error().str() ==
        (folder / "big") + ": larger than 1 MiB");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(load((folder / "fifo")).error().str() == (folder / "fifo") + ": is not a regular file");
  CHECK(load(folder.write("full", std::string(1024 * 1024, '\n'))));
}

TEST_CASE("the keys of [update] are lists, and its values their sources as they stand there") {
  const auto config = good(
      "[general]\nmode = monitor\n[Update]\nnew-outlook = microsoft365:Exchange ; weekly\n"
      "AWS = aws:service=EC2,region=us-east-1\n");
  using Update = Config::Update;
  CHECK(config.update == std::vector<Update>{{"new-outlook", "microsoft365:Exchange", 4},
                                             {"AWS", "aws:service=EC2,region=us-east-1", 5}});
}

TEST_CASE("the last source of a list counts, with a warning") {
  const auto loaded = read("[update]\nx = aws\ny = google\nx = oracle\n");
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems.front().str() ==
        "/etc/dovecot/bad_clients.conf.ext:4: update/x: takes the place of line 2");
  CHECK(loaded.config.update ==
        std::vector<Config::Update>{{"y", "google", 3}, {"x", "oracle", 4}});
}

TEST_CASE("a section that is nearly [update] is recognised") {
  CHECK_THAT(one_problem("[updates]\nx = aws\n").str(),
             ContainsSubstring("did you mean [update]?"));
}

TEST_CASE("the file with the secret counts from the configuration's folder, whatever it is") {
  const auto file_of = [](const std::string& value) {
    const auto loaded = parse("[policy]\nsecret_file = " + value, "/etc/dovecot/some.conf");
    CHECK(loaded.problems.empty());
    return loaded.config.policy.secret_file;
  };
  CHECK(file_of("/run/secret") == "/run/secret");
  CHECK(file_of("secret") == "/etc/dovecot/secret");
  CHECK(file_of("no such file") == "/etc/dovecot/no such file");
  CHECK(file_of("").empty());
}
