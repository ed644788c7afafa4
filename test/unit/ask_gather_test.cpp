#include "ask/gather.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <thread>

#include "ask/due_facts.hpp"
#include "ask/flight_keys.hpp"
#include "catch.hpp"
#include "facts/serialise.hpp"
#include "gather_site.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"
#include "turn_holder.hpp"

using namespace badclients;
using namespace badclients::test;
using namespace std::chrono_literals;
using Site = GatherSite;
using facts::Facts;
using facts::Knowledge;
using facts::Provenance;

TEST_CASE_METHOD(Site, "what is not known when something goes wrong has failed") {
  wanted.dnsbl_zones = {"bl.example"};
  config.general.enable_maxmind = true;
  config.maxmind.geo_city = "/no/such.mmdb";
  const bool answered = GENERATE(false, true);
  hold();
  std::promise<void> over;
  std::thread answering;
  if (answered) {
    answering = std::thread([&] {
      std::ofstream answers{folder / "answers"};
      answers << origin(63949) << std::flush;
      over.get_future().wait();
    });
  }
  unsigned judged = 0;
  ask::Gathering how{config, "/etc/some.conf", std::chrono::steady_clock::now() + time, now};
  how.wait_until = [&](const Facts&, const facts::Wanted&) -> base::Deadline {
    if (++judged > (answered ? 1 : 0)) throw std::runtime_error("out of luck");
    return how.deadline;
  };
  const auto facts =
      ask::gather(net::Address::parse("139.162.133.252").value(), wanted, how, warnings);
  over.set_value();
  if (answering.joinable()) answering.join();
  CHECK(warnings.back() == "internal error while gathering facts: out of luck");
  const bool no_children = waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
  CHECK(no_children);
  CHECK(facts.reverse_names.failed());
  CHECK(facts.origin.failed());
  CHECK(facts.registration.failed());
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].failed());
  CHECK(facts.geo_city.failed());
}

TEST_CASE_METHOD(Site, "the first login asks, the second remembers") {
  answer(all_answers());
  const auto first = login("139.162.133.252");
  CHECK(warnings.empty());
  CHECK(first.reverse_names.value.at(0).name == "mail.example");
  CHECK(first.origin.value.asns == std::vector<std::uint32_t>{63949});
  CHECK(first.as_descriptions.at(0).value.text == "AKAMAI-LINODE-AP, SG");
  CHECK(first.registration.value.name == "LINODE");
  CHECK(facts::freshness(first) == facts::Freshness::fresh);

  now += 1min;
  const auto second = login("139.162.133.252");
  CHECK(warnings.empty());
  CHECK(facts::freshness(second) == facts::Freshness::cached);
  CHECK(second.registration.value == first.registration.value);
  CHECK(second.as_descriptions.at(0).value == first.as_descriptions.at(0).value);
  REQUIRE(requests().size() == 1);
  CHECK(requests()[0].address.str() == "139.162.133.252");
  CHECK(requests()[0].wanted.registration);
  CHECK_FALSE(requests()[0].wanted.confirmed_names);

  // A neighbour needs its own name only.
  const auto neighbour = login("139.162.133.1");
  CHECK(neighbour.provisional.registration.from == Provenance::cache);
  CHECK_FALSE(neighbour.registration.known());
  CHECK(facts::freshness(neighbour) == facts::Freshness::fresh);  // the name is
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.reverse_names);
  CHECK_FALSE(requests()[1].wanted.origin);
  CHECK_FALSE(requests()[1].wanted.as_description);
  CHECK_FALSE(requests()[1].wanted.registration);
}

TEST_CASE_METHOD(Site, "the address that counts is asked about") {
  answer(all_answers());
  login("2002:8ba2:85fc::1");  // 6to4 of 139.162.133.252
  REQUIRE(requests().size() == 1);
  CHECK(requests()[0].address.str() == "139.162.133.252");
}

TEST_CASE_METHOD(Site, "where asking is not allowed, what is remembered serves") {
  answer(all_answers());
  login("139.162.133.252");
  ask = false;
  now += 25h;
  const auto facts = login("139.162.133.1");
  CHECK(facts.provisional.registration.known());
  CHECK(facts.provisional.registration.from == Provenance::stale_cache);
  CHECK(facts.reverse_names.knowledge == Knowledge::not_asked);
  CHECK(warnings.empty());
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(
    Site, "if a stale answer must not serve it is asked for again, but serves if that fails") {
  answer(all_answers());
  login("139.162.133.252");
  refresh = true;
  now += 25h;
  SECTION("refreshed") {
    answer({names, origin(63949), registration("NEW-NAME")});
    const auto facts = login("139.162.133.252");
    CHECK(facts.registration.value.name == "NEW-NAME");
    CHECK(facts.registration.from == Provenance::asked);
    CHECK(requests().size() == 2);
    CHECK_FALSE(requests()[1].origin);
  }
  SECTION("not to be had: not asked again for a while") {
    answer(
        {names, failed("origin", "SERVFAIL"), failed("registration", "whois.example: too much")});
    const auto facts = login("139.162.133.252");
    CHECK(facts.registration.value.name == "LINODE");
    CHECK(facts.registration.from == Provenance::stale_cache);
    CHECK(facts.as_descriptions.at(0).value.asn == 63949);
    CHECK(facts::freshness(facts) == facts::Freshness::fresh);  // the name is
    CHECK(warned_of("139.162.133.252: registration unknown: whois.example: too much"));
    CHECK(warned_of("139.162.133.252: origin AS unknown: SERVFAIL"));
    CHECK(warnings.size() == 2);

    now += 9min;
    CHECK(facts::freshness(login("139.162.133.252")) == facts::Freshness::stale);
    CHECK(warnings.empty());
    CHECK(requests().size() == 2);
    now += 1min;
    login("139.162.133.252");
    CHECK(requests().size() == 3);
  }
}

TEST_CASE_METHOD(Site, "a failure is told once and remembered for a while") {
  answer({names, origin(63949), description(63949, "x"), failed("registration", "too much")});
  CHECK(login("139.162.133.252").registration.failed());
  CHECK(warnings == std::vector<std::string>{"139.162.133.252: registration unknown: too much"});
  const auto facts = login("139.162.133.252");
  CHECK(facts.registration.failed());
  CHECK(facts.registration.trouble == "too much");
  CHECK(facts::freshness(facts) == facts::Freshness::partial);
  CHECK(warnings.empty());
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site, "a helper that is missing is told each time, and not remembered") {
  const auto helper = std::exchange(config.lookup.helper, "/nowhere/helper");
  const auto facts = login("139.162.133.252");
  CHECK(facts.registration.failed());
  CHECK(facts.origin.failed());
  const std::vector<std::string> told{"cannot run /nowhere/helper: No such file or directory"};
  CHECK(warnings == told);
  login("139.162.133.252");
  CHECK(warnings == told);
  config.lookup.helper = helper;
  answer(all_answers());
  CHECK(login("139.162.133.252").registration.known());
}

TEST_CASE_METHOD(Site, "after the deadline nothing is started, and what is remembered serves") {
  answer(all_answers());
  login("139.162.133.252");
  time = 0s;
  const auto facts = login("139.162.133.1");
  CHECK(facts.provisional.registration.known());
  CHECK(facts.reverse_names.failed());
  CHECK(facts.reverse_names.trouble == "no time left to ask");
  CHECK(requests().size() == 1);
  time = 60s;
  CHECK(login("139.162.133.1").reverse_names.known());
}

TEST_CASE_METHOD(Site, "a description is asked for by the origin that is remembered") {
  wanted = {};
  wanted.origin = true;
  answer({origin(63949)});
  login("139.162.133.252");
  wanted.as_description = true;
  answer({description(63949, "AKAMAI-LINODE-AP, SG")});
  CHECK(login("139.162.133.252").as_descriptions.at(0).value.text == "AKAMAI-LINODE-AP, SG");
  REQUIRE(requests().size() == 2);
  CHECK_FALSE(requests()[1].wanted.origin);
  CHECK(requests()[1].wanted.as_description);
  REQUIRE(requests()[1].origin);
  CHECK(requests()[1].origin->asns == std::vector<std::uint32_t>{63949});
}

TEST_CASE_METHOD(Site, "a failure of a description is remembered for its AS") {
  wanted = {};
  wanted.origin = wanted.as_description = true;
  answer({origin(63949), failed("as", encode(facts::AsDescription{63949, "SERVFAIL"}))});
  CHECK(login("139.162.133.252").as_descriptions.at(0).failed());
  CHECK(login("139.162.133.252").as_descriptions.at(0).trouble == "SERVFAIL");
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site, "all ASes of a network are described, and remembered one by one") {
  wanted = {};
  wanted.origin = wanted.as_description = true;
  const auto both = known("origin", encode(facts::Origin{{63949, 64500}, {}, "NL", "ripencc"}));
  answer({both, description(63949, "AKAMAI-LINODE-AP, SG"), description(64500, "OTHER, DE")});
  CHECK(login("139.162.133.252").as_descriptions.size() == 2);
  const auto facts = login("139.162.133.252");
  REQUIRE(facts.as_descriptions.size() == 2);
  CHECK(facts.as_descriptions.at(1).value == facts::AsDescription{64500, "OTHER, DE"});
  CHECK(facts.as_descriptions.at(1).from == Provenance::cache);
  CHECK(requests().size() == 1);

  // Somewhere else one of them comes with an AS that nobody knows yet.
  answer({known("origin", encode(facts::Origin{{63949, 64501}, {}, "NL", "ripencc"})),
          description(63949, "AKAMAI-LINODE-AP, SG"), description(64501, "THIRD, DE")});
  CHECK(login("139.162.1.1").as_descriptions.size() == 2);
  CHECK(requests().size() == 2);
}

TEST_CASE_METHOD(Site, "where a network has a new origin, its AS is described anew") {
  answer(all_answers());
  login("139.162.133.252");
  now += 23h;
  answer({description(63949, "AKAMAI-LINODE-AP, SG")});  // young again, the origin is not
  wanted = {};
  wanted.as_description = true;
  config.cache.ttl = 22h;
  login("139.162.133.252");
  config.cache.ttl = 24h;
  now += 2h;
  refresh = true;
  wanted.origin = true;
  answer({origin(64500), description(64500, "NEW-OWNER")});
  const auto facts = login("139.162.133.252");
  CHECK(facts.origin.value.asns.front() == 64500);
  CHECK(facts.as_descriptions.at(0).value == facts::AsDescription{64500, "NEW-OWNER"});
}

TEST_CASE_METHOD(Site,
                 "an address that nobody announces has no description, and none is asked for") {
  wanted = {};
  wanted.origin = true;
  answer({known("origin", encode(facts::Origin{}))});
  login("139.162.133.252");
  wanted.as_description = true;
  const auto facts = login("139.162.133.252");
  CHECK(facts.origin.from == Provenance::cache);
  CHECK(facts.as_descriptions.empty());
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site, "where the origin has failed, no description is asked for") {
  answer({failed("origin", "SERVFAIL")});
  wanted = {};
  wanted.origin = wanted.as_description = true;
  login("139.162.133.252");
  const auto facts = login("139.162.133.252");
  CHECK(facts.origin.failed());
  CHECK(facts.as_descriptions.empty());
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site, "an origin that came along is remembered, but nobody sees it") {
  wanted = {};
  wanted.registration = true;
  answer({origin(63949), registration("LINODE")});
  auto facts = login("139.162.133.252");
  CHECK(facts.registration.known());
  CHECK(facts.origin.knowledge == Knowledge::not_asked);
  wanted.origin = true;
  CHECK(login("139.162.133.252").origin.from == Provenance::cache);
}

TEST_CASE_METHOD(Site, "DNSBL answers are remembered by zone") {
  wanted = {};
  wanted.dnsbl_zones = {"a.example"};
  const facts::DnsblListing listed{"a.example", {*net::Address::parse("127.0.0.2")}, "spam"};
  answer({known("dnsbl", encode(listed))});
  login("139.162.133.252");
  wanted.dnsbl_zones = {"b.example", "a.example"};
  answer({failed("dnsbl", encode(facts::DnsblListing{"b.example", {}, "timeout"}))});
  const auto facts = login("139.162.133.252");
  REQUIRE(facts.dnsbl.size() == 2);
  CHECK(facts.dnsbl[0].value == listed);
  CHECK(facts.dnsbl[0].from == Provenance::cache);
  CHECK(facts.dnsbl[1].failed());
  CHECK(warned_of("139.162.133.252: b.example unknown: timeout"));
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.dnsbl_zones == std::vector<std::string>{"b.example"});
}

TEST_CASE_METHOD(Site, "more zones than a request holds are a warning") {
  wanted = {};
  for (std::size_t i = 0; i <= ask::most_zones; ++i) {
    wanted.dnsbl_zones.push_back(std::to_string(i) + ".example");
  }
  login("139.162.133.252");
  CHECK(warned_of("257 DNSBL zones in the lists: only the first 256 are asked"));
  REQUIRE(requests().size() == 1);
  CHECK(requests()[0].wanted.dnsbl_zones.size() == ask::most_zones);
}

TEST_CASE_METHOD(Site, "without a cache each login asks, with a warning") {
  config.general.state_path = folder / "missing";
  answer(all_answers());
  CHECK(login("139.162.133.252").registration.known());
  CHECK(warned_of(folder / "missing"));
  CHECK(login("139.162.133.252").registration.from == Provenance::asked);
  CHECK(warned_of(folder / "missing"));
}

TEST_CASE_METHOD(Site, "what is wanted of nobody needs neither cache nor helper") {
  wanted = {};
  config.general.state_path = folder / "missing";
  const auto facts = login("139.162.133.252");
  CHECK(facts::freshness(facts) == facts::Freshness::none);
  CHECK(warnings.empty());
  CHECK(requests().empty());
}

TEST_CASE_METHOD(Site, "GeoIP databases are looked at, unless they are switched off") {
  wanted = {};
  config.maxmind.geo_city = folder / "missing.mmdb";
  CHECK(login("139.162.133.252").geo_city.failed());
  CHECK(warned_of("missing.mmdb"));
  config.general.enable_maxmind = false;
  CHECK(login("139.162.133.252").geo_city.knowledge == Knowledge::not_asked);
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(Site, "simultaneous logins from one network wait for one answer") {
  wanted.reverse_names = false;
  hold();
  std::vector<pid_t> pids;
  for (int i = 0; i < 10; ++i) {
    pids.push_back(start_child([&] {
      const auto facts = login("139.162.133." + std::to_string(i));
      const bool known = facts::likely_origin(facts) != nullptr &&
                         facts.as_descriptions.at(0).known() &&
                         facts::likely_registration(facts) != nullptr && warnings.empty();
      return known ? 0 : 1;
    }));
  }
  wait_for_requests(1);
  release(all_answers());
  for (const auto pid : pids) CHECK(wait_for_child(pid) == 0);
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site,
                 "a neighbour's answer is no answer for a rule: the address' own is asked for") {
  answer(all_answers());
  login("139.162.133.252");
  by_rules.registration = true;
  wanted.reverse_names = false;
  answer_to("139.162.133.9", {registration("CUSTOMER", "139.162.133.8", "139.162.133.15")});
  const auto customer = login("139.162.133.9");
  CHECK(customer.registration.value.name == "CUSTOMER");
  CHECK_FALSE(customer.provisional.registration.known());
  REQUIRE(requests().size() == 2);
  const auto asked = requests()[1];
  CHECK(asked.own.registration);
  CHECK(asked.wanted.registration);
  CHECK_FALSE(asked.wanted.origin);  // no rule looks at that
  REQUIRE(asked.origin);
  CHECK(asked.origin->asns.front() == 63949);
  CHECK(customer.provisional.origin.known());

  CHECK(login("139.162.133.9").registration.from == Provenance::cache);
  CHECK(login("139.162.133.14").registration.value.name == "CUSTOMER");
  CHECK(login("139.162.133.252").registration.value.name == "LINODE");
  CHECK(requests().size() == 2);
  SECTION("one question an address, kept like any answer") {
    CHECK(login("139.162.133.16").registration.value.name == "LINODE");
    CHECK(login("139.162.133.16").registration.from == Provenance::cache);
    CHECK(requests().size() == 3);
  }
  SECTION("where it cannot be had, both are known: that, and the neighbour's") {
    answer({failed("registration", "SERVFAIL")});
    for (int i = 0; i < 2; ++i) {
      const auto facts = login("139.162.133.16");
      CHECK(facts.registration.failed());
      CHECK(facts.provisional.registration.value.name == "LINODE");
      CHECK(facts::freshness(facts) == facts::Freshness::partial);
    }
    CHECK(requests().size() == 3);
  }
}

TEST_CASE_METHOD(Site,
                 "once a network is known to be wide, nobody waits for a neighbour's answer") {
  wanted.reverse_names = false;
  by_rules = wanted;
  hold();
  std::vector<pid_t> pids;
  for (int i = 0; i < 6; ++i) {
    const auto address = "139.162.133." + std::to_string(i);
    pids.push_back(start_child([&, address] {
      const auto facts = login(address);
      return facts.origin.known() && facts.registration.known() && warnings.empty() ? 0 : 1;
    }));
  }
  wait_for_requests(1);
  const auto asker = requests()[0].address.str();
  answer_to("all", all_answers());
  for (int i = 0; i < 6; ++i) {
    const auto address = "139.162.133." + std::to_string(i);
    if (address == asker) continue;
    // Each is held until all have asked.
    REQUIRE(mkfifo((folder / ("answers-" + address)).c_str(), 0600) == 0);
  }
  release(all_answers());
  wait_for_requests(6);
  for (int i = 0; i < 6; ++i) {
    const auto address = "139.162.133." + std::to_string(i);
    if (address == asker) continue;
    std::ofstream answers{folder / ("answers-" + address)};
    for (const auto& line : all_answers()) answers << line;
  }
  for (const auto pid : pids) CHECK(wait_for_child(pid) == 0);
  CHECK(requests().size() == 6);
}

TEST_CASE_METHOD(Site, "without a permit an answer serves all of its own range, provisionally") {
  wanted.reverse_names = false;
  answer(all_answers());
  login("139.162.133.252");
  for (const bool by_rule : {false, true}) {
    by_rules.registration = by_rule;
    const auto other = by_rule ? "139.162.7.1" : "139.162.200.1";
    answer({origin(63949), description(63949, "x"), no_permit("registration")});
    auto facts = login(other);
    CHECK(facts.registration.failed());
    CHECK(facts.registration.cause == facts::Cause::budget);
    CHECK(facts.provisional.registration.value.name == "LINODE");
    // While that failure is remembered, too.
    now += 1s;
    const auto asked = requests().size();
    facts = login(other);
    CHECK(facts.registration.failed());
    CHECK(facts.provisional.registration.value.name == "LINODE");
    CHECK(requests().size() == asked);
    // And not for another reason.
    now += 1min;
    answer({failed("registration", "SERVFAIL")});
    facts = login(other);
    CHECK(requests().size() == asked + 1);
    CHECK_FALSE(facts.provisional.registration.known());
    // When there is a permit again, its own.
    now += 10min;
    answer({registration("OWN", "139.162.0.0", "139.162.7.255")});
    CHECK(login(other).registration.value.name == "OWN");
  }
}

TEST_CASE_METHOD(Site, "a request says to which allocations its address belongs") {
  wanted.reverse_names = false;
  answer(all_answers());
  login("139.162.133.252");
  login("139.162.7.1");  // outside of the announced 139.162.128.0/19
  login("139.162.150.1");
  login("140.1.1.1");
  const auto asked = requests();
  REQUIRE(asked.size() == 4);
  const auto allocations = [&](std::size_t i) {
    std::string text;
    for (const auto& network : asked[i].purpose.allocations) text += network.str() + " ";
    return text;
  };
  CHECK(allocations(0).empty());
  CHECK(allocations(1) == "139.162.0.0/16 ");
  CHECK(allocations(2) == "139.162.128.0/19 139.162.0.0/16 ");
  CHECK(allocations(3).empty());
}

TEST_CASE_METHOD(Site, "who waits for a network's answer asks for its own name meanwhile") {
  answer(all_answers());
  TurnHolder holder{folder.path(), question("139.162.133.252", false)};
  const auto pid = start_child([&] {
    const auto facts = login("139.162.133.252");
    return facts.registration.known() && facts.reverse_names.known() ? 0 : 1;
  });
  wait_for_requests(1);
  CHECK(requests()[0].wanted.reverse_names);
  CHECK_FALSE(requests()[0].wanted.registration);
  holder.kill();
  CHECK(wait_for_child(pid) == 0);
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.registration);
  CHECK_FALSE(requests()[1].wanted.reverse_names);
}

TEST_CASE_METHOD(Site, "a login takes over when the asker dies") {
  answer(all_answers());
  TurnHolder network{folder.path(), question("139.162.133.252", false)};
  TurnHolder name{folder.path(), question("139.162.133.252", true)};
  const auto pid = start_child([&] {
    const auto facts = login("139.162.133.252");
    return facts.registration.known() && facts.reverse_names.known() ? 0 : 1;
  });
  network.kill();
  wait_for_requests(1);
  CHECK(requests()[0].wanted.registration);
  CHECK_FALSE(requests()[0].wanted.reverse_names);
  name.kill();
  CHECK(wait_for_child(pid) == 0);
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.reverse_names);
  CHECK_FALSE(requests()[1].wanted.registration);
}

TEST_CASE_METHOD(Site, "what another had no answer to in time is not remembered as a failure") {
  answer(all_answers());
  TurnHolder network{folder.path(), question("139.162.133.252", false)};
  time = 0s;
  const auto facts = login("139.162.133.252");
  CHECK(facts.registration.failed());
  CHECK(facts.registration.from == Provenance::local);
  CHECK(
      warned_of("139.162.133.252: origin AS, registration unknown: another "
                "login asks for it, and had no answer in time"));
  CHECK(requests().empty());
  network.kill();
  time = 60s;
  CHECK(login("139.162.133.252").registration.known());
}

TEST_CASE_METHOD(Site, "a failure that the asker remembers is the answer for all who waited") {
  wanted = {};
  wanted.registration = true;
  hold();
  std::vector<pid_t> pids;
  for (int i = 0; i < 5; ++i) {
    pids.push_back(start_child([&] {
      return login("139.162.133." + std::to_string(i)).registration.trouble == "too much" ? 0 : 1;
    }));
  }
  wait_for_requests(1);
  release({failed("registration", "too much")});
  for (const auto pid : pids) CHECK(wait_for_child(pid) == 0);
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(Site, "where answers cannot be remembered, logins do not queue for long") {
  config.lookup.helper = "/nowhere/helper";  // a failure that is not remembered
  const auto codes = exit_codes_of_children(
      8, [&](int) { return login("139.162.133.252").registration.failed() ? 0 : 1; });
  CHECK(codes == std::vector<int>(8, 0));
}

TEST_CASE_METHOD(Site,
                 "where answers cannot be stored, logins wait for three others, not for all") {
  constexpr std::size_t logins = 20, most_rounds = 8;  // 4; more on a busy machine
  ask = false;
  login("139.162.133.252");  // lays out the cache
  ask = true;
  wanted.reverse_names = false;
  answer(all_answers());
  // Counts itself, and waits for its place to be called.
  folder.write("helper",
               "#!/bin/sh\ncd '" + folder.path() +
                   "'\nplace=1\n"
                   "until mkdir asked-$place 2>/dev/null; do place=$((place + 1)); done\n"
                   "until [ -e called-$place ]; do sleep 0.02; done\ncat answers\n",
               0755);
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i < logins; ++i) {
    pids.push_back(start_child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit nothing{0, 0};  // a full disk
      if (setrlimit(RLIMIT_FSIZE, &nothing) != 0) return 2;
      return login("139.162.133.252").registration.known() ? 0 : 1;
    }));
  }
  const auto exists = [&](const char* what, std::size_t place) {
    return std::filesystem::exists(folder / fmt::format("{}-{}", what, place));
  };
  std::size_t rounds = 0;
  for (std::size_t called = 0; called < logins; ++rounds) {
    while (!exists("asked", called + 1)) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(300ms);  // so long it takes until they are answered
    while (exists("asked", called + 1)) folder.write(fmt::format("called-{}", ++called), "");
  }
  CHECK(rounds <= most_rounds);
  for (const auto pid : pids) CHECK(wait_for_child(pid) == 0);
}

TEST_CASE_METHOD(Site, "an answer that was remembered needs no turn") {
  answer(all_answers());
  login("139.162.133.252");
  std::filesystem::remove(folder / "askers.lock");
  CHECK(facts::freshness(login("139.162.133.252")) == facts::Freshness::cached);
  CHECK_FALSE(std::filesystem::exists(folder / "askers.lock"));
}

TEST_CASE_METHOD(Site, "without a file for the turns logins ask without, with a warning") {
  std::filesystem::create_directory(folder / "askers.lock");
  answer(all_answers());
  CHECK(login("139.162.133.252").registration.known());
  CHECK(warned_of(folder / "askers.lock: Is a directory"));
}

TEST_CASE_METHOD(Site, "a stale answer serves without asking") {
  answer(all_answers());
  login("139.162.133.252");
  now += 25h;
  const auto facts = login("139.162.133.252");
  CHECK(warnings.empty());
  CHECK(facts::freshness(facts) == facts::Freshness::stale);
  CHECK(facts.registration.value.name == "LINODE");
  CHECK(requests().size() == 1);

  now += 8 * 24h;  // past `stale`, too
  CHECK(facts::freshness(login("139.162.133.252")) == facts::Freshness::fresh);
  CHECK(requests().size() == 2);
}

TEST_CASE_METHOD(Site, "what is stale is refreshed, and nothing else") {
  answer(all_answers());
  login("139.162.133.252");
  refresh_old("139.162.133.252");
  CHECK(requests().size() == 1);
  now += 2h;  // the name's TTL is an hour
  refresh_old("139.162.133.252");
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.reverse_names);
  CHECK_FALSE(requests()[1].wanted.registration);

  now += 23h;
  answer({names, origin(63949), description(63949, "x"), registration("NEW-NAME")});
  refresh_old("139.162.133.252");
  CHECK(requests().size() == 3);
  const auto facts = login("139.162.133.252");
  CHECK(facts::freshness(facts) == facts::Freshness::cached);
  CHECK(facts.registration.value.name == "NEW-NAME");
  CHECK(requests().size() == 3);
}

TEST_CASE_METHOD(Site, "what another refreshes is left to it") {
  answer(all_answers());
  login("139.162.133.252");
  now += 25h;
  TurnHolder network{folder.path(), question("139.162.133.252", false)};
  refresh_old("139.162.133.252");
  REQUIRE(requests().size() == 2);
  CHECK(requests()[1].wanted.reverse_names);
  CHECK_FALSE(requests()[1].wanted.registration);
  CHECK_FALSE(requests()[1].wanted.origin);
}

TEST_CASE_METHOD(Site, "a refresh that fails is remembered, whatever it failed for") {
  answer(all_answers());
  login("139.162.133.252");
  now += 25h;
  const auto helper = config.lookup.helper;
  SECTION("the network") {
    answer({names, failed("origin", "SERVFAIL"), failed("registration", "too much")});
    refresh_old("139.162.133.252");
    CHECK(warned_of("139.162.133.252: registration unknown: too much"));
  }
  SECTION("ourselves") {
    config.lookup.helper = "/nowhere/helper";
    refresh_old("139.162.133.252");
    CHECK(warned_of("cannot run /nowhere/helper"));
    config.lookup.helper = helper;
  }
  const auto asked = requests().size();
  now += 9min;
  const auto facts = login("139.162.133.252");
  CHECK(facts.registration.value.name == "LINODE");
  CHECK(facts::freshness(facts) == facts::Freshness::stale);
  CHECK_FALSE(
      ask::due_facts(wanted, by_rules, facts, now, config.cache.negative_ttl).stale.registration);
  refresh_old("139.162.133.252");
  CHECK(requests().size() == asked);
  now += 2min;
  refresh_old("139.162.133.252");
  CHECK(requests().size() == asked + 1);
}
