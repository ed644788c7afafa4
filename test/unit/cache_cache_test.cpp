#include "cache/cache.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "cache/key.hpp"
#include "cache/rows.hpp"
#include "cache_fixture.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using facts::Facts;
using facts::Provenance;

namespace {

Facts all_facts(const CacheFixture& test) {
  Facts facts;
  facts.reverse_names =
      test.asked(facts::ReverseNames{{"mail.example", facts::Confirmed::yes}}, 600s);
  facts.origin =
      test.asked(facts::Origin{{8075, 8076}, *net::Network::parse("52.96.0.0/14"), "US", "arin"});
  facts.as_descriptions = {test.asked(facts::AsDescription{8075, "MICROSOFT, US"})};
  facts.registration = test.registration("MSFT", "52.96.0.0", "52.115.255.255").registration;
  facts.dnsbl.push_back(test.asked(
      facts::DnsblListing{"zen.example", {*net::Address::parse("127.0.0.2")}, "spam"}, 600s));
  return facts;
}

}  // namespace

TEST_CASE_METHOD(CacheFixture, "what another host has learnt a while ago lives for what is left") {
  auto learnt = registration("NET", "192.0.2.0", "192.0.2.255");
  learnt.registration.expires = now + 600s;
  store("192.0.2.1", learnt);
  CHECK(read("192.0.2.2").registration.expires == now + 600s);
}

TEST_CASE_METHOD(CacheFixture, "what was learnt is remembered, with its source and its time") {
  const auto learnt = all_facts(*this);
  store("52.97.246.245", learnt);
  now += 60s;
  auto wanted = everything();
  wanted.dnsbl_zones = {"zen.example", "other.example"};
  const auto facts = read("52.97.246.245", wanted);

  REQUIRE(facts.reverse_names.known());
  CHECK(facts.reverse_names.value == learnt.reverse_names.value);
  CHECK(facts.reverse_names.from == Provenance::cache);
  CHECK(facts.reverse_names.source == "test");
  CHECK(facts.reverse_names.learnt == now - 60s);
  CHECK(facts.reverse_names.expires == now - 60s + 600s);
  REQUIRE(facts.origin.known());
  CHECK(facts.origin.value == learnt.origin.value);
  CHECK(facts.origin.expires == now - 60s + 24h);
  REQUIRE(facts.as_descriptions.at(0).known());
  CHECK(facts.as_descriptions.at(0).value == learnt.as_descriptions.at(0).value);
  CHECK(facts.as_descriptions.at(0).expires == now - 60s + 24h);
  REQUIRE(facts.registration.known());
  CHECK(facts.registration.value == learnt.registration.value);
  CHECK(facts.registration.expires == now - 60s + 24h);
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].value == learnt.dnsbl[0].value);
  CHECK(facts.dnsbl[0].from == Provenance::cache);
  CHECK(facts::freshness(facts) == facts::Freshness::cached);
}

TEST_CASE_METHOD(CacheFixture, "a network's answer serves its other addresses, and no sibling's") {
  SECTION("of the size of a block") {
    store("192.0.2.1", registration("BLOCK", "192.0.2.0", "192.0.2.255"));
    CHECK(registered("192.0.2.254") == "BLOCK");
    CHECK(registered("192.0.3.1") == "-");
  }
  SECTION("wider than the block: provisionally") {
    store("52.97.246.245", all_facts(*this));
    CHECK(read("52.97.246.245").registration.known());
    CHECK_FALSE(read("52.97.246.245").provisional.registration.known());
    const auto neighbour = read("52.97.246.1");
    CHECK(neighbour.registration.knowledge == facts::Knowledge::not_asked);
    CHECK(neighbour.origin.knowledge == facts::Knowledge::not_asked);
    CHECK(neighbour.provisional.registration.value == all_facts(*this).registration.value);
    CHECK(neighbour.provisional.registration.from == Provenance::cache);
    CHECK(neighbour.provisional.origin.known());
    CHECK(neighbour.as_descriptions.at(0).known());
    CHECK_FALSE(neighbour.reverse_names.known());
    const auto elsewhere = read("52.97.247.1");
    CHECK_FALSE(elsewhere.provisional.registration.known());
    CHECK_FALSE(elsewhere.provisional.origin.known());
  }
  SECTION("across the end of a block: provisionally, too") {
    store("192.0.2.250", registration("ACROSS", "192.0.2.240", "192.0.3.15"));
    CHECK(registered("192.0.2.250") == "ACROSS");
    CHECK(provisional("192.0.2.241") == "ACROSS");
    CHECK(provisional("192.0.2.239") == "-");
    // It is narrower than the block's, so that one is not theirs.
    store("192.0.2.1", registration("BLOCK", "192.0.2.0", "192.0.2.255"));
    CHECK(registered("192.0.2.241") == "-");
    CHECK(provisional("192.0.2.241") == "ACROSS");
    CHECK(registered("192.0.2.239") == "BLOCK");
    CHECK(provisional("192.0.3.1") == "-");
  }
  SECTION("within half a block") {
    store("192.0.2.10", registration("LOW", "192.0.2.0", "192.0.2.127"));
    CHECK(registered("192.0.2.127") == "LOW");
    CHECK(registered("192.0.2.128") == "-");
    store("192.0.2.130", registration("HIGH", "192.0.2.128", "192.0.2.255"));
    CHECK(registered("192.0.2.127") == "LOW");
    CHECK(registered("192.0.2.128") == "HIGH");
  }
  SECTION("a range that is no CIDR block") {
    store("192.0.2.9", registration("ODD", "192.0.2.3", "192.0.2.12"));
    CHECK(registered("192.0.2.8") == "ODD");
    CHECK(registered("192.0.2.11") == "ODD");
    CHECK(registered("192.0.2.12") == "-");
    CHECK(registered("192.0.2.7") == "-");
  }
  SECTION("IPv6") {
    store("2001:db8:1:2::3", registration("SIX", "2001:db8::", "2001:db8:ffff:ffff::"));
    CHECK(registered("2001:db8:1:2::3") == "SIX");
    CHECK(provisional("2001:db8:1:ffff::1") == "SIX");
    CHECK(registered("2001:db8:2::1") == "-");
    store("2001:db8:5:2::3",
          registration("SMALL", "2001:db8:5:2::", "2001:db8:5:2:ffff:ffff:ffff:ffff"));
    CHECK(registered("2001:db8:5:2:ffff::") == "SMALL");
    CHECK(registered("2001:db8:5:3::") == "-");
  }
  SECTION("no range, or one that does not hold the address") {
    Facts without;
    without.registration = asked(facts::Registration{"ALONE", "", {}, std::nullopt});
    store("192.0.2.1", without);
    store("192.0.2.2", registration("ELSEWHERE", "198.51.100.0", "198.51.100.255"));
    CHECK(registered("192.0.2.1") == "ALONE");
    CHECK(registered("192.0.2.2") == "ELSEWHERE");
    CHECK(registered("192.0.2.3") == "-");
    CHECK(registered("198.51.100.1") == "-");
  }
}

TEST_CASE_METHOD(CacheFixture, "the narrowest network that holds an address serves it") {
  store("192.0.2.1", registration("WIDE", "192.0.0.0", "192.0.255.255"));
  store("192.0.2.9", registration("NARROW", "192.0.2.8", "192.0.2.15"));
  CHECK(registered("192.0.2.8") == "NARROW");
  CHECK(registered("192.0.2.15") == "NARROW");
  CHECK(provisional("192.0.2.15") == "-");
  CHECK(provisional("192.0.2.16") == "WIDE");
  // Even where an address was answered by itself.
  store("192.0.2.16", registration("OTHER", "192.0.0.0", "192.0.127.255"));
  CHECK(registered("192.0.2.16") == "OTHER");
  CHECK(registered("192.0.2.8") == "NARROW");
  CHECK(registered("192.0.2.1") == "WIDE");
}

TEST_CASE_METHOD(CacheFixture, "all of an allocation knows provisionally what one block was told") {
  const auto of_allocation = [&](const std::string& about) {
    auto cache = open();
    facts::Facts facts;
    facts::Wanted wanted;
    wanted.registration = true;
    REQUIRE(cache.read_allocation(address(about), wanted, facts, now));
    CHECK_FALSE(facts.registration.known());
    return facts.provisional.registration.known() ? facts.provisional.registration.value.name : "-";
  };
  store("177.0.9.1", registration("WIDE", "177.0.0.0", "177.63.255.255"));
  CHECK(of_allocation("177.63.4.1") == "WIDE");
  CHECK(of_allocation("177.64.4.1") == "-");
  store("177.0.10.1", registration("NARROWER", "177.0.0.0", "177.0.31.255"));
  CHECK(of_allocation("177.0.11.1") == "NARROWER");
  CHECK(of_allocation("177.1.11.1") == "WIDE");
  store("2001:db8:1::1",
        registration("SIX", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
  CHECK(of_allocation("2001:db8:8000::1") == "SIX");
  CHECK(of_allocation("2001:db9::1") == "-");
  store("2a00:1238:1::1",
        registration("A /29", "2a00:1238::", "2a00:123f:ffff:ffff:ffff:ffff:ffff:ffff"));
  CHECK(of_allocation("2a00:123f:8000::1") == "A /29");
  CHECK(of_allocation("2a00:1240::1") == "-");
  store("178.0.0.1", registration("THREE", "178.0.0.0", "178.2.255.255"));
  CHECK(of_allocation("178.2.9.1") == "THREE");
  CHECK(of_allocation("178.3.9.1") == "-");
  // What a registry was given, and says of everything that it knows nothing of, is nobody's.
  store("41.0.0.1", registration("ALL-OF-IT", "0.0.0.0", "255.255.255.255"));
  CHECK(of_allocation("41.0.1.1") == "-");
  // A block or less has nobody else to serve.
  store("192.0.2.1", registration("BLOCK", "192.0.2.0", "192.0.2.255"));
  CHECK(of_allocation("192.0.2.2") == "-");
}

TEST_CASE_METHOD(CacheFixture, "what served provisionally is remembered as provisional") {
  facts::Facts facts;
  facts.provisional = {{}, registration("WIDE", "177.0.0.0", "177.63.255.255").registration};
  store("177.0.9.1", facts);
  CHECK(registered("177.0.9.1") == "-");
  CHECK(provisional("177.0.9.1") == "WIDE");
  CHECK(provisional("177.0.9.2") == "WIDE");
  // In the place of a failure it may have come from anywhere in the allocation.
  facts.registration = failure<facts::Registration>("budget");
  store("177.0.10.1", facts);
  CHECK(provisional("177.0.10.1") == "-");
}

TEST_CASE_METHOD(CacheFixture, "a failure is remembered with its cause") {
  using facts::Cause;
  const auto cause = GENERATE(Cause::question, Cause::budget, Cause::silence, Cause::patience);
  facts::Facts facts;
  facts.registration = failure<facts::Registration>("what happened");
  facts.registration.cause = cause;
  store("192.0.2.1", facts);
  const auto again = read("192.0.2.1");
  CHECK(again.registration.trouble == "what happened");
  CHECK(again.registration.cause == cause);
}

TEST_CASE_METHOD(CacheFixture, "DNS's TTL counts for names, within bounds") {
  const auto life_of = [&](std::chrono::seconds ttl) {
    Facts facts;
    facts.reverse_names = asked(facts::ReverseNames{}, ttl);
    store("192.0.2.1", facts);
    return read("192.0.2.1").reverse_names.expires - now;
  };
  CHECK(life_of(0s) == 60s);
  CHECK(life_of(600s) == 600s);
  CHECK(life_of(30 * 24h) == 24h);
  settings.ttl = 10s;
  CHECK(life_of(600s) == 10s);
}

TEST_CASE_METHOD(CacheFixture, "an expired answer serves as stale for a while, then not") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  now += 24h - 1s;
  CHECK(read("192.0.2.1").registration.from == Provenance::cache);
  now += 1s;
  const auto stale = read("192.0.2.1");
  CHECK(stale.registration.known());
  CHECK(stale.registration.from == Provenance::stale_cache);
  CHECK(stale.registration.expires == now);
  CHECK(facts::freshness(stale) == facts::Freshness::stale);
  now += 7 * 24h - 1s;
  CHECK(registered("192.0.2.1") == "NET");
  now += 1s;
  CHECK(registered("192.0.2.1") == "-");
}

TEST_CASE_METHOD(CacheFixture, "a shorter ttl counts for what is stored already") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  settings.ttl = 1h;
  now += 1h;
  CHECK(read("192.0.2.1").registration.from == Provenance::stale_cache);
}

TEST_CASE_METHOD(CacheFixture, "a clock that was set back does not keep answers alive") {
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  now -= 24h;
  CHECK(registered("192.0.2.1") == "NET");
  now -= 1s;
  CHECK(registered("192.0.2.1") == "-");
}

TEST_CASE_METHOD(CacheFixture, "what a clock that was ahead has learnt is stale, or over") {
  const auto learn = [&] {
    auto facts = registration("NET", "192.0.2.0", "192.0.2.255");
    facts.reverse_names = failure<facts::ReverseNames>("SERVFAIL");
    store("192.0.2.1", facts);
  };
  learn();
  now -= 60s;  // two hosts' clocks differ by less
  CHECK(read("192.0.2.1").registration.from == Provenance::cache);
  CHECK(read("192.0.2.1").reverse_names.failed());
  for (const auto back : {1s, 7200s}) {
    now -= back;
    CHECK(registered("192.0.2.1") == "NET");
    CHECK(read("192.0.2.1").registration.from == Provenance::stale_cache);
    CHECK(read("192.0.2.1").reverse_names.knowledge == facts::Knowledge::not_asked);
  }
  learn();
  CHECK(read("192.0.2.1").reverse_names.failed());
}

TEST_CASE_METHOD(CacheFixture, "failures are remembered for negative_ttl, or as long as they say") {
  Facts failed;
  failed.reverse_names = failure<facts::ReverseNames>("SERVFAIL");
  failed.origin = failure<facts::Origin>("whois.example: its budget is used up", 90s);
  failed.registration = failure<facts::Registration>("whois.example: too much", 1h);
  failed.dnsbl.push_back(failure<facts::DnsblListing>("timeout"));
  failed.dnsbl[0].value.zone = "zen.example";
  store("192.0.2.1", failed);

  auto wanted = everything();
  wanted.dnsbl_zones = {"zen.example"};
  auto facts = read("192.0.2.1", wanted);
  CHECK(facts.reverse_names.failed());
  CHECK(facts.reverse_names.trouble == "SERVFAIL");
  CHECK(facts.reverse_names.source == "test");
  CHECK(facts.reverse_names.from == Provenance::cache);
  CHECK(facts.reverse_names.expires == now + 10min);
  CHECK(facts.origin.failed());
  CHECK(facts.origin.expires == now + 90s);
  CHECK(facts.registration.failed());
  CHECK(facts.registration.expires == now + 1h);
  REQUIRE(facts.dnsbl.size() == 1);
  CHECK(facts.dnsbl[0].failed());
  CHECK(facts.dnsbl[0].value.zone == "zen.example");

  // Questions about a network are not repeated for its other addresses, those about one address
  // are.
  facts = read("192.0.2.2", wanted);
  CHECK(facts.origin.failed());
  CHECK(facts.registration.failed());
  CHECK(facts.reverse_names.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.dnsbl.empty());
  CHECK(read("192.0.3.1").registration.knowledge == facts::Knowledge::not_asked);

  now += 10min;
  facts = read("192.0.2.1", wanted);
  CHECK(facts.reverse_names.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.origin.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.registration.failed());
  CHECK(facts.dnsbl.empty());
}

TEST_CASE_METHOD(CacheFixture, "a failure does not take the place of an answer") {
  Facts failed;
  failed.registration = failure<facts::Registration>("timeout");
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));

  SECTION("that is within its time") {
    store("192.0.2.1", failed);
    const auto facts = read("192.0.2.1");
    CHECK(facts.registration.known());
    CHECK(facts.registration.from == Provenance::cache);
    CHECK(facts.registration.expires == now + 24h);
  }
  SECTION("that is stale: it serves, and is not asked for again at once") {
    now += 25h;
    failed.registration.learnt = failed.registration.expires = now;
    store("192.0.2.1", failed);
    now += 1min;
    const auto facts = read("192.0.2.1");
    CHECK(facts.registration.known());
    CHECK(facts.registration.from == Provenance::stale_cache);
    CHECK(facts.registration.expires == now + 9min);
    now += 9min;
    CHECK(read("192.0.2.1").registration.expires < now);
  }
  SECTION("and an older failure does not count against a newer answer") {
    settings.ttl = 60s;
    store("192.0.2.1", failed);
    now += 1s;
    store("192.0.2.1", registration("NEWER", "192.0.2.0", "192.0.2.255"));
    now += 61s;
    const auto facts = read("192.0.2.1");
    CHECK(facts.registration.value.name == "NEWER");
    CHECK(facts.registration.expires < now);
  }
}

TEST_CASE_METHOD(CacheFixture, "only what was asked for now is stored") {
  Facts facts;
  facts.reverse_names = failure<facts::ReverseNames>("cannot run helper");
  facts.reverse_names.from = Provenance::local;
  store("192.0.2.1", facts);
  CHECK(read("192.0.2.1").reverse_names.knowledge == facts::Knowledge::not_asked);

  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  now += 12h;
  store("192.0.2.1", read("192.0.2.1"));
  now += 12h;
  CHECK(read("192.0.2.1").registration.from == Provenance::stale_cache);
}

TEST_CASE_METHOD(CacheFixture, "an AS description serves every network of the AS") {
  Facts first, second;
  first.origin = asked(facts::Origin{{64500}, *net::Network::parse("192.0.2.0/24"), "", ""});
  first.as_descriptions = {asked(facts::AsDescription{64500, "EXAMPLE, DE"})};
  second.origin = asked(facts::Origin{{64500}, *net::Network::parse("198.51.100.0/24"), "", ""});
  store("192.0.2.1", first);
  store("198.51.100.1", second);
  CHECK(read("198.51.100.1").as_descriptions.at(0).value.text == "EXAMPLE, DE");

  Facts failed;
  failed.origin = asked(facts::Origin{{64501}, *net::Network::parse("203.0.113.0/24"), "", ""});
  failed.as_descriptions = {failure<facts::AsDescription>("timeout")};
  failed.as_descriptions.at(0).value.asn = 64501;
  store("203.0.113.1", failed);
  CHECK(read("203.0.113.2").as_descriptions.at(0).trouble == "timeout");
}

TEST_CASE_METHOD(CacheFixture, "each AS that announces a network has a description of its own") {
  Facts learnt;
  learnt.origin =
      asked(facts::Origin{{64500, 64501, 64502}, *net::Network::parse("192.0.2.0/24"), "", ""});
  learnt.as_descriptions = {asked(facts::AsDescription{64500, "EXAMPLE, DE"}),
                            failure<facts::AsDescription>("timeout")};
  learnt.as_descriptions.at(1).value.asn = 64501;
  store("192.0.2.1", learnt);
  const auto found = read("192.0.2.2").as_descriptions;
  REQUIRE(found.size() == 2);
  CHECK(found.at(0).value == facts::AsDescription{64500, "EXAMPLE, DE"});
  CHECK(found.at(1).failed());
  CHECK(found.at(1).value.asn == 64501);
  CHECK(found.at(1).trouble == "timeout");
}

TEST_CASE_METHOD(CacheFixture, "only what is wanted is read, and what is known stays") {
  store("52.97.246.245", all_facts(*this));
  facts::Wanted wanted;
  wanted.as_description = true;
  auto facts = read("52.97.246.245", wanted);
  CHECK(facts.as_descriptions.at(0).known());
  CHECK(facts.origin.known());  // the description depends on it
  CHECK(facts.registration.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.reverse_names.knowledge == facts::Knowledge::not_asked);

  facts = {};
  facts.registration = asked(facts::Registration{"NEW", "", {}, std::nullopt});
  auto cache = open();
  REQUIRE(cache.read(address("52.97.246.245"), everything(), facts, now));
  CHECK(facts.registration.value.name == "NEW");
  CHECK(facts.origin.known());

  // A registration that has to be asked for is asked with the help of the origin.
  wanted = {};
  wanted.registration = true;
  CHECK_FALSE(read("52.97.246.245", wanted).origin.known());
  now += 25h;
  CHECK(read("52.97.246.245", wanted).origin.known());
}

TEST_CASE_METHOD(CacheFixture, "an entry that makes no sense is named, and the others serve") {
  store("52.97.246.245", all_facts(*this));
  {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    const net::Network self{address("52.97.246.245"), 32};
    cache::Putter{database}.put(
        cache::key_of({cache::Kind::registration, self}, cache::Outcome::known),
        {1'700'000'000, 1'700'001'000, "test", std::string{'\0', '\xff'}});
  }
  auto cache = open();
  Facts facts;
  const auto read_now = cache.read(address("52.97.246.245"), everything(), facts, now);
  REQUIRE_FALSE(read_now);
  CHECK_THAT(read_now.error(), ContainsSubstring("an entry about 52.97.246.245 makes no sense"));
  CHECK(facts.registration.knowledge == facts::Knowledge::not_asked);
  CHECK(facts.origin.known());
}

TEST_CASE_METHOD(CacheFixture, "impossible times in the file are not believed") {
  for (const auto* change :
       {"learnt = 9223372036854775807", "learnt = -9223372036854775807",
        "learnt = 9223372036854775807, expires = -9223372036854775807", "learnt = 'soon'"}) {
    store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
    {
      SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
      CHECK(database.exec(std::string{"UPDATE entry SET "} + change) == 1);
    }
    CHECK(registered("192.0.2.1") == "-");
  }
  store("192.0.2.1", registration("NET", "192.0.2.0", "192.0.2.255"));
  {
    SQLite::Database database{folder / "cache.db", SQLite::OPEN_READWRITE};
    CHECK(database.exec("UPDATE entry SET expires = 9223372036854775807") == 1);
  }
  CHECK(read("192.0.2.1").registration.expires == now + 24h);
}

TEST_CASE_METHOD(CacheFixture, "texts of any bytes come back") {
  Facts facts;
  std::string text = "a\tb\nc";
  text += '\0';
  text += "\xff'\"";
  facts.reverse_names = asked(facts::ReverseNames{{text, facts::Confirmed::no}});
  facts.registration = failure<facts::Registration>("trouble '\"");
  store("192.0.2.1", facts);
  CHECK(read("192.0.2.1").reverse_names.value.at(0).name == text);
  CHECK(read("192.0.2.1").registration.trouble == "trouble '\"");
}
