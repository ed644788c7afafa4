// Many logins through one process: each must end as it would in a process of its own.

#include <dirent.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/chrono.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>

#include "cache/cache.hpp"
#include "catch.hpp"
#include "config/scope.hpp"
#include "lines_sink.hpp"
#include "list_site.hpp"
#include "login/decide.hpp"
#include "many_processes.hpp"
#include "places.hpp"
#include "registry_site.hpp"
#include "rest.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

using std::chrono::system_clock;
facts::Time today() {
  return std::chrono::floor<std::chrono::days>(system_clock::now());
}

/// What a host has besides.
struct Kind {
  bool geoip = true;
  bool names = true;  ///< a rule that looks at users
  bool registry = false;
};

/// A host with everything that a login looks at: lists, clients, a cache, GeoIP, a helper.
struct Host {
  ListSite site;
  std::string config_path = site.folder / "some.conf";
  std::string settings;
  std::string geoip = site.folder / "asn.mmdb";
  bool has_geoip = false;

  explicit Host(Kind kind = {}) {
    site.list("ip_net.deny.lst", "176.112.169.0/24\n2a01:4f8:1::/48\n");
    if (kind.names) site.list("user.allow.lst", "postmaster\n");
    site.list("rev_host.deny.lst", ".*%.bad%.example\n");
    site.list("asn.deny.lst", "AS60\n");
    site.list("clients/some.client", "Name: Some\n\nclient_id=\".*EvilApp.*\"\nasn=AS61\n");
    has_geoip = kind.geoip && write_geoip(1) == 0;
    settings = "[general]\nlist_path = " + site.lists + "\nstate_path = " + site.state +
               "\nlog_local = yes\nignore_networks = 81.2.69.128/25\n[lookup]\nhelper = "
               "/nonexistent\n[maxmind]\n" +
               (has_geoip ? "geo_asn = " + geoip + "\n" : "");
    if (kind.registry) publish("61");
    configure("");
    learn();
  }

  /// A new GeoIP database, renamed over the old one. 0: done; the tool is Debian's
  /// libmaxmind-db-writer-perl.
  [[nodiscard]] int write_geoip(int asn) const {
    const auto json =
        site.folder.write("geo.json", R"({"type": "GeoLite2-ASN", "networks": {"0.0.0.0/1": {
          "autonomous_system_number": )" + std::to_string(asn) +
                                          "}}}");
    const auto command = "perl " BADCLIENTS_SOURCE_ROOT "/test/data/write_mmdb.pl " + geoip +
                         ".new < " + json + " 2>/dev/null && mv " + geoip + ".new " + geoip;
    return std::system(command.c_str());
  }

  /// New registry data, renamed over the old.
  void publish(const std::string& asn_of_third, facts::Time date = today()) const {
    using test::RegistrySite, test::gzipped;
    RegistrySite made;
    made.clock = date + 12h;
    const auto day = fmt::format("{:%Y%m%d}", fmt::gmtime(system_clock::to_time_t(date)));
    const auto delegated = [&](const char* registry, const std::string& records) {
      return RegistrySite::delegated(registry, records, day);
    };
    const auto ris = [&](const std::string& rows) {
      const auto time = fmt::gmtime(system_clock::to_time_t(date));
      return gzipped(
          RegistrySite::ris(rows, fmt::format("{:%a %b %d}", time), fmt::format("{:%Y}", time)));
    };
    std::map<std::string, std::string> files;
    for (const auto* registry : {"lacnic", "apnic", "afrinic"}) {
      files[fmt::format("delegated-{}-extended-latest", registry)] = delegated(registry, "");
    }
    files["delegated-arin-extended-latest"] =
        delegated("arin", "arin|US|ipv4|52.96.0.0|1048576|20200101|allocated|x\n");
    files["delegated-ripencc-extended-latest"] =
        delegated("ripencc",
                  "ripencc|DE|ipv4|84.46.0.0|65536|20200101|allocated|x\n"
                  "ripencc|DE|asn|59|10|20200101|allocated|x\n");
    files["riswhoisdump.IPv4.gz"] = ris("59\t52.97.0.0/16\t300\n59\t84.46.1.0/24\t300\n" +
                                        asn_of_third + "\t84.46.2.0/24\t300\n");
    files["riswhoisdump.IPv6.gz"] = ris("");
    files["asn.txt"] = "59 TEN Ten Ltd., DE\n60 OTHER Other Ltd., DE\n";  // no 61
    files["ripe.db.organisation.gz"] = gzipped("organisation: ORG-A-RIPE\nabuse-c: ABUSE-A\n");
    files["ripe.db.inetnum.gz"] =
        gzipped("inetnum: 84.46.1.0 - 84.46.1.255\nnetname: NET-59\ncountry: DE\nmnt-by: A-MNT\n");
    const auto errors = made.compile(files);
    for (const auto& [file, error] : errors) FAIL_CHECK(file << ": " << error);
    std::filesystem::rename(made.path(), registry::store_path(site.state));
  }

  void configure(const std::string& more) const {
    std::ofstream(config_path + ".new") << settings << more;
    std::filesystem::rename(config_path + ".new", config_path);
  }

  /// What is known of some addresses.
  void learn(const std::string& asn_of_third = "61") const {
    auto cache = cache::Cache::open(site.state, {}, 10s).value();
    const auto now = std::chrono::system_clock::now();
    const auto store = [&](const char* text, const std::string& name, const std::string& asn) {
      const auto address = net::Address::parse(text).value();
      const auto known = [&](auto& fact, auto value) {
        fact.knowledge = facts::Knowledge::known;
        fact.from = facts::Provenance::asked;
        fact.source = "test";
        fact.value = std::move(value);
        fact.learnt = now;
        fact.expires = now + std::chrono::hours{20};
      };
      facts::Facts facts;
      known(facts.reverse_names, facts::ReverseNames{{name}});
      facts::Origin origin;
      origin.asns = {static_cast<std::uint32_t>(std::stoul(asn))};
      origin.prefix = net::Network(address, 24);
      known(facts.origin, origin);
      known(facts.as_descriptions.emplace_back(),
            facts::AsDescription{origin.asns.front(), "AS of a test"});
      known(facts.registration,
            facts::Registration{"NET-" + asn, "DE", {"ENTITY"}, std::pair{address, address}});
      CHECK(cache.store(address, facts, 10s));
    };
    store("52.97.246.1", "mail.good.example", "59");
    store("84.46.1.1", "host.bad.example", "59");
    store("84.46.2.1", "mail.good.example", asn_of_third);
  }

  /// Until every stamp tells of the next change.
  void wait_for_rest() const {
    wait_for_maker(site.state);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(site.folder.path())) {
      if (entry.is_regular_file()) ::wait_for_rest(entry.path());
    }
    const auto folder = base::stamp_of(site.lists.c_str());
    while (folder && base::is_racy(*folder, {std::chrono::system_clock::now(),
                                             std::chrono::system_clock::now()})) {
      std::this_thread::sleep_for(5ms);
    }
  }
};

std::vector<facts::Login> kinds_of_logins() {
  const auto login = [](const char* user, const char* service, const char* address,
                        const char* client_id = "") {
    facts::Login one;
    one.user = user;
    one.service = service;
    if (*address != '\0') one.address = net::Address::parse(address).value();
    one.client_id = client_id;
    return one;
  };
  return {
      login("alice", "imap", "52.97.246.1"),    // known, on no list
      login("alice", "imap", "84.46.1.1"),      // by its reverse name
      login("alice", "imap", "84.46.2.1"),      // a client, by its AS
      login("alice", "imap", "176.112.169.1"),  // by its network
      login("postmaster", "imap", "176.112.169.1"),
      login("bob", "pop3", "2a01:4f8:1::1"),
      login("bob", "pop3", "2a01:4f8:2::1"),
      login("bob", "imap", "52.97.246.1", "\"name\" \"EvilApp\""),
      login("bob", "imap", "52.97.246.1", "\"name\" \"other\""),
      login("bob", "imap", "84.46.1.1"),  // as alice
      login("postmaster", "imap", "84.46.1.1"),
      login("bob", "sieve", "84.46.1.1"),
      login("carol", "imap", "127.0.0.1"),
      login("carol", "imap", "10.1.2.3"),
      login("carol", "imap", "81.2.69.200"),
      login("carol", "imap", "81.2.69.1"),  // nothing known, and nothing to be had
      login("carol", "imap", ""),
  };
}

struct Ending {
  int decision = -1;
  std::string lines, worse;
  std::vector<std::string> armed;  ///< what it would have ended with, step by step
};

/// What differs between two logins that are alike.
std::string without_times(const std::string& line) {
  static const std::regex took{"took=[^,]*"};
  return std::regex_replace(line, took, "took=");
}
std::string without_session(const std::string& line) {
  static const std::regex behind{"session=.*"};
  return std::regex_replace(line, behind, "");
}

/// What a door keeps.
struct Kept : login::Kept {
  config::Kept config;
  bool by_decisions = true;  ///< what was decided counts for the next login
  unsigned like_before = 0;  ///< logins that ended as one before, because it said the same
};

Ending log_in(Kept& kept, const Host& host, facts::Login login) {
  const auto begin = std::chrono::steady_clock::now();
  Lines log;
  const auto& loaded = kept.config.load(host.config_path, config::load);
  if (!loaded) return {-1, "", loaded.error().str(), {}};
  login.scope = config::scope_of(login, loaded->config);
  std::vector<std::string> steps;
  const auto arm = [&](const login::Armed& armed) {
    auto step = std::to_string(static_cast<int>(armed.verdict.decision)) + armed.verdict.matched +
                (armed.holds() ? " holds, " : ", ") + armed.next + "\n" +
                without_times(armed.line.text({})) + "\n";
    if (steps.empty() || steps.back() != step) steps.push_back(std::move(step));
  };
  const auto configuration = kept.by_decisions ? kept.config.reads() : 0;
  const bool is_known = kept.decided.find(kept.rules, configuration, login) != nullptr;
  kept.facts.remembered.reset();
  const auto verdict = login::decide({&kept,
                                      login,
                                      loaded->config,
                                      host.config_path,
                                      loaded->problems,
                                      begin,
                                      log,
                                      "/nonexistent/badclients",
                                      arm,
                                      true,
                                      false,
                                      {},
                                      configuration});
  kept.like_before += is_known && !kept.facts.remembered;  // else they were gathered
  Ending ending{static_cast<int>(verdict.decision), "", "", steps};
  for (const auto& line : log.info) ending.lines += without_times(line) + "\n";
  for (const auto& line : log.worse) ending.worse += line + "\n";
  return ending;
}

/// The same in a process that keeps nothing.
Ending log_in_afresh(const Host& host, const facts::Login& login) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto child = start_child([&] {
    Kept kept;
    const auto ending = log_in(kept, host, login);
    const auto text = ending.lines + '\0' + ending.worse;
    return write(ends[1], text.data(), text.size()) < 0 ? 99 : ending.decision + 1;
  });
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  const auto end = text.find('\0');
  return {wait_for_child(child) - 1, text.substr(0, end), text.substr(end + 1), {}};
}

struct Change {
  const char* name;
  std::function<void(Host&)> make;
};

void put_garbage(const std::string& path) {
  std::ofstream(path + ".new") << std::string(70'000, 'x');
  std::filesystem::rename(path + ".new", path);
}

std::vector<Change> changes() {
  const auto index = [](Host& host) { return host.site.state + "/lists.index"; };
  const auto cache = [](Host& host) { return host.site.state + "/cache.db"; };
  const auto registry = [](Host& host) { return registry::store_path(host.site.state); };
  return {
      {"nothing", [](Host&) {}},
      {"an entry comes", [](Host& h) { h.site.list("ip_net.deny.lst", "52.97.246.0/24\n"); }},
      {"and goes", [](Host& h) { h.site.list("ip_net.deny.lst", "176.112.169.0/24\n"); }},
      {"twice in one tick of the clock",
       [](Host& h) {
         h.site.list("ip_net.deny.lst", "176.112.170.0/24\n");
         h.site.list("ip_net.deny.lst", "176.112.169.0/24\n");
       }},
      {"a list comes", [](Host& h) { h.site.list("net_name.deny.lst", "NET%-59\n"); }},
      {"a list goes",
       [](Host& h) { std::filesystem::remove(h.site.lists + "/net_name.deny.lst"); }},
      {"a client is changed",
       [](Host& h) {
         h.site.list("clients/some.client", "Name: Other\nMode: monitor\n\nasn=AS59\n");
       }},
      {"a client goes",
       [](Host& h) { std::filesystem::remove(h.site.lists + "/clients/some.client"); }},
      {"the index is deleted", [=](Host& h) { std::filesystem::remove(index(h)); }},
      {"the index is emptied", [=](Host& h) { std::ofstream(index(h), std::ios::trunc); }},
      {"the index is garbage", [=](Host& h) { put_garbage(index(h)); }},
      {"the index is not verified",
       [](Host& h) { std::filesystem::remove(h.site.state + "/lists.verified"); }},
      {"mode = monitor", [](Host& h) { h.configure("[general]\nmode = monitor\n"); }},
      {"disabled_services", [](Host& h) { h.configure("[general]\ndisabled_services = sieve\n"); }},
      {"on_error = deny", [](Host& h) { h.configure("[general]\non_error = deny\n"); }},
      {"on_error = tempfail", [](Host& h) { h.configure("[general]\non_error = tempfail\n"); }},
      {"a line that is no good", [](Host& h) { h.configure("[lookup]\ndeadline = 5 parsecs\n"); }},
      {"other lists",
       [](Host& h) {
         h.configure("[general]\nlist_path = " + h.site.folder / "other\n");
         std::filesystem::create_directory(h.site.folder / "other");
         std::ofstream(h.site.folder / "other/user.deny.lst") << "bob\n";
       }},
      {"no configuration", [](Host& h) { std::filesystem::remove(h.config_path); }},
      {"the old configuration", [](Host& h) { h.configure(""); }},
      {"a GeoIP database is replaced", [](Host& h) { (void)h.write_geoip(60); }},
      {"a GeoIP database is deleted", [](Host& h) { std::filesystem::remove(h.geoip); }},
      {"a GeoIP database is garbage", [](Host& h) { put_garbage(h.geoip); }},
      {"a GeoIP database is back", [](Host& h) { (void)h.write_geoip(7); }},
      {"GeoIP is off", [](Host& h) { h.configure("[general]\nenable_maxmind = no\n"); }},
      {"registry data says something else", [](Host& h) { h.publish("59"); }},
      {"registry data knows who is refused", [](Host& h) { h.publish("60"); }},
      {"registry data is garbage", [=](Host& h) { put_garbage(registry(h)); }},
      {"there is no registry data", [=](Host& h) { std::filesystem::remove(registry(h)); }},
      {"there is some", [](Host& h) { h.publish("61"); }},
      {"registry data is too old", [](Host& h) { h.publish("61", today() - 15 * 24h); }},
      {"registry data is not asked",
       [](Host& h) { h.configure("[lookup]\norigin = dns\nregistration = whois\n"); }},
      {"the first configuration once more", [](Host& h) { h.configure(""); }},
      {"the cache is deleted", [=](Host& h) { std::filesystem::remove(cache(h)); }},
      {"the cache learns", [](Host& h) { h.learn(); }},
      {"the cache is another file",
       [=](Host& h) {
         std::filesystem::rename(cache(h), cache(h) + ".old");
         h.learn("60");
       }},
      {"the cache is another file again",
       [=](Host& h) { std::filesystem::rename(cache(h) + ".old", cache(h)); }},
      {"the cache is emptied", [=](Host& h) { std::ofstream(cache(h), std::ios::trunc); }},
      {"the cache learns again", [](Host& h) { h.learn(); }},
      {"the cache is garbage", [=](Host& h) { std::ofstream(cache(h)) << std::string(9000, 'x'); }},
      {"the cache learns once more", [](Host& h) { h.learn(); }},
      {"cache/ttl is short",
       [](Host& h) {
         h.configure("[cache]\nttl = 1s\nstale = 0s\n");
         std::this_thread::sleep_for(1100ms);  // else it is over between two logins
       }},
      {"cache/ttl is long",
       [](Host& h) {
         h.configure("[cache]\nttl = 7d\n");
         h.learn();
       }},
      {"the state folder is another",
       [](Host& h) {
         h.configure("");
         std::filesystem::rename(h.site.state, h.site.state + ".old");
         std::filesystem::create_directory(h.site.state);
         h.learn("60");
       }},
      {"the state folder is gone",
       [](Host& h) { std::filesystem::rename(h.site.state, h.site.state + ".new"); }},
      {"the state folder is back",
       [](Host& h) { std::filesystem::rename(h.site.state + ".old", h.site.state); }},
      {"the lists are gone",
       [](Host& h) { std::filesystem::rename(h.site.lists, h.site.lists + ".old"); }},
      {"the lists are back",
       [](Host& h) { std::filesystem::rename(h.site.lists + ".old", h.site.lists); }},
  };
}

std::size_t entries_of(const char* folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    (void)entry;
    ++count;
  }
  return count;
}

std::size_t lines_of(const char* file) {
  const auto text = read_whole_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("whatever changes between two logins, the next one ends as in a process of its own") {
  const auto kind =
      GENERATE(Kind{true, true, false}, Kind{false, false, false}, Kind{true, false, true});
  INFO("GeoIP: " << kind.geoip << ", names: " << kind.names << ", registry: " << kind.registry);
  Host host(kind);
  const auto logins = kinds_of_logins();
  Kept kept, plain;
  plain.by_decisions = false;
  unsigned number = 0;
  std::set<std::string> seen;
  bool is_at_rest = true;
  const auto compare = [&](facts::Login login) {
    login.session = std::to_string(number);
    if (number % 3 == 0) login.master = "admin" + std::to_string(number);
    // They take turns: the first makes an index, or mends a database.
    Ending here, afresh;
    if (++number % 2 == 0) afresh = log_in_afresh(host, login);
    here = log_in(kept, host, login);
    wait_for_maker(host.site.state);
    if (number % 2 != 0) afresh = log_in_afresh(host, login);
    wait_for_maker(host.site.state);
    INFO("here: " << here.worse << "afresh: " << afresh.worse);
    CHECK(here.decision == afresh.decision);
    CHECK(here.lines == afresh.lines);
    const auto as_ever = log_in(plain, host, login);
    CHECK(here.lines == as_ever.lines);
    if (is_at_rest) CHECK(here.armed == as_ever.armed);
    seen.insert(without_session(here.lines));
  };
  host.wait_for_rest();
  for (const auto& change : changes()) {
    INFO(change.name);
    change.make(host);
    is_at_rest = false;
    for (std::size_t i = 0; i < 3; ++i) compare(logins[(number + i * 5) % logins.size()]);
    host.wait_for_rest();
    is_at_rest = true;
    for (int round = 0; round < 2; ++round) {
      for (const auto& login : logins) compare(login);
    }
  }
  CHECK(seen.size() > 50);  // the changes did change something
  CHECK(kept.like_before > 50);
}

TEST_CASE("registry data that grows too old between two logins serves the second no longer") {
  Host host({false, false, true});
  const auto made = today() - 24h;
  const auto age = std::chrono::ceil<std::chrono::seconds>(system_clock::now() - made) + 3s;
  host.publish("61", made);
  host.configure("[registry]\nmax_age = " + std::to_string(age.count()) + "s\n");
  host.wait_for_rest();
  const auto login = kinds_of_logins().front();
  Kept kept;
  for (int i = 0; i < 4; ++i) {
    CHECK_THAT(log_in(kept, host, login).lines, ContainsSubstring("facts=local"));
  }
  CHECK(kept.like_before > 0);
  std::this_thread::sleep_until(made + age + 1s);
  const auto later = log_in(kept, host, login);
  CHECK_THAT(later.lines, !ContainsSubstring("facts=local"));
  CHECK_THAT(later.worse, ContainsSubstring("older than registry/max_age"));
  const auto afresh = log_in_afresh(host, login);
  CHECK(later.lines == afresh.lines);
  CHECK(later.worse == afresh.worse);
}

TEST_CASE("a login by GeoIP databases and registry data is answered as one before") {
  Host host({true, false, true});
  REQUIRE(host.has_geoip);
  host.wait_for_rest();
  const auto login = kinds_of_logins().front();
  Kept kept;
  const auto first = log_in(kept, host, login);
  for (int i = 0; i < 4; ++i) CHECK(log_in(kept, host, login).lines == first.lines);
  CHECK(kept.like_before >= 3);
  CHECK_THAT(first.lines, ContainsSubstring("facts=local") && ContainsSubstring("maxmind"));
}

TEST_CASE("a cache that takes the place of another answers for none of its facts") {
  Host host({false, false});
  host.wait_for_rest();
  facts::Login login;
  login.user = "alice";
  login.service = "imap";
  login.address = net::Address::parse("84.46.2.1").value();  // a client's, by its AS
  Kept kept;
  for (int i = 0; i < 4; ++i) CHECK(log_in(kept, host, login).decision == 1);
  CHECK(kept.like_before > 0);
  std::filesystem::remove(host.site.state + "/cache.db");
  host.learn("59");
  login.service = "pop3";
  CHECK(log_in(kept, host, login).decision == 0);
  CHECK(log_in(kept, host, login).decision == 0);
  login.service = "imap";
  CHECK(log_in(kept, host, login).decision == 0);
  CHECK(log_in(kept, host, login).lines == log_in_afresh(host, login).lines);
}

TEST_CASE("an index that no longer holds is not mapped while another one is made") {
  Host host({false, false});
  host.wait_for_rest();
  const auto logins = kinds_of_logins();
  Kept kept;
  for (int i = 0; i < 4; ++i) (void)log_in(kept, host, logins.front());
  CHECK(kept.like_before > 0);
  const std::weak_ptr<const lists::LoginRules> before = kept.rules;
  host.site.list("ip_net.deny.lst", "198.51.100.0/24\n");
  const auto login = *std::find_if(logins.begin(), logins.end(), [](const facts::Login& one) {
    return one.address && one.address->str() == "81.2.69.1";  // nothing is known: not remembered
  });
  (void)log_in(kept, host, login);
  CHECK(before.expired());
}

TEST_CASE("warnings that a login gives it gives each time, however many came before") {
  Host host;
  host.site.list("ip_net.deny.lst", "nonsense\n");
  host.configure("[lookup]\ndeadline = 5 parsecs\n");
  if (host.has_geoip) std::filesystem::remove(host.geoip);
  Kept kept;
  const auto login = kinds_of_logins().front();
  (void)log_in(kept, host, login);
  host.wait_for_rest();
  const auto afresh = log_in_afresh(host, login);
  CHECK_THAT(afresh.worse, ContainsSubstring("nonsense") && ContainsSubstring("parsecs"));
  for (int i = 0; i < 5; ++i) CHECK(log_in(kept, host, login).worse == afresh.worse);
}

TEST_CASE("logins leave no descriptor, no mapping, no child and no memory behind") {
  Host host;
  const auto logins = kinds_of_logins();
  Kept kept;
  const auto log_in_all = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (const auto& login : logins) (void)log_in(kept, host, login);
    }
  };
  log_in_all(1);
  host.wait_for_rest();
  log_in_all(2);
  const auto descriptors = entries_of("/proc/self/fd");
  const auto mappings = lines_of("/proc/self/maps");
  const auto memory = mallinfo2().uordblks;
  log_in_all(20);
  for (int i = 0; i < 5; ++i) {  // whatever is opened anew takes the place of what was open
    host.site.list("ip_net.deny.lst", "176.112.169.0/24\n52.97.246." + std::to_string(i) + "/32\n");
    if (host.has_geoip) (void)host.write_geoip(i + 1);
    std::filesystem::remove(host.site.state + "/cache.db");
    host.configure("");
    host.learn();
    log_in_all(1);
  }
  host.wait_for_rest();
  log_in_all(2);
  CHECK(entries_of("/proc/self/fd") == descriptors);
  CHECK(lines_of("/proc/self/maps") <= mappings + 2);  // malloc's own
  CHECK(mallinfo2().uordblks < memory + 64 * 1024);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}
