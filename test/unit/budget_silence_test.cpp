#include <map>
#include <set>
#include <string>
#include <vector>

#include "ask/permit_desk.hpp"
#include "ask/wire/dialogue.hpp"
#include "budget/servers.hpp"
#include "catch.hpp"
#include "many_processes.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::budget;
using namespace std::chrono_literals;
using config::Service;

namespace {

const auto dns = Source::nameservers();
const ServerName ripe{Service::whois, "ripencc"};
const Source ripe_whois{"whois ripencc"};

struct Fixture {
  TempFolder folder;
  facts::Time now{1'700'000'000s};
  std::vector<std::string> warnings;

  Servers open() const {
    return Servers{folder.path(), {}, [this] { return now; }};
  }
  /// {source: logins}
  std::map<std::string, unsigned> silences() const {
    std::map<std::string, unsigned> found;
    for (const auto& silence : open().silences()) found[silence.source.name] = silence.logins;
    return found;
  }
  /// What one helper says.
  std::set<Source> hear(const std::vector<std::string>& lines, bool of_login = true) {
    auto servers = open();
    const auto before = servers.silences();
    ask::PermitDesk desk(servers, {}, std::chrono::steady_clock::now() + 60s, warnings);
    for (const auto& line : lines) desk.hear(line);
    desk.report(before, of_login);
    return desk.silent();
  }
};

const std::string permit = "permit 1 whois ripencc";

}  // namespace

TEST_CASE("sources have names, and strangers' servers are none") {
  CHECK(Source::of(ripe) == ripe_whois);
  CHECK(Source::of({Service::rdap, "arin"}) == Source{"rdap arin"});
  CHECK_FALSE(Source::of({Service::whois, "whois.example:43"}));
  for (const auto* name : {"dns", "whois ripencc", "rdap arin", "whois cymru"}) {
    CHECK(Source::named(name) == Source{name});
  }
  for (const auto* name : {"", "dns ", "whois", "whois ", "http arin", "whois whois.example:43",
                           "whois ripencc x", "zone example.com"}) {
    CHECK_FALSE(Source::named(name));
  }
}

TEST_CASE_METHOD(Fixture, "logins in a row that a source did not answer are counted together") {
  CHECK(silences().empty());
  open().did_not_answer(dns);
  now += 60s;
  open().did_not_answer(dns);
  open().did_not_answer(ripe_whois);
  CHECK(silences() == std::map<std::string, unsigned>{{"dns", 2}, {"whois ripencc", 1}});
  CHECK(open().silences()[0].since == now - 60s);
  CHECK_FALSE(open().silences()[0].is_known());
  open().did_not_answer(dns);
  CHECK(open().silences()[0].is_known());
  open().answered(dns);
  CHECK(silences() == std::map<std::string, unsigned>{{"whois ripencc", 1}});
  REQUIRE(open().forget_silences());
  CHECK(silences().empty());
}

TEST_CASE_METHOD(Fixture, "many processes count each silence once") {
  exit_codes_of_children(20, [&](int) {
    open().did_not_answer(dns);
    return 0;
  });
  CHECK(silences() == std::map<std::string, unsigned>{{"dns", 20}});
}

TEST_CASE("where there is no folder nothing is silent, and that cannot be forgotten") {
  Servers servers{"/nonexistent", {}, std::chrono::system_clock::now};
  servers.did_not_answer(dns);
  CHECK(servers.silences().empty());
  CHECK_THAT(servers.forget_silences().error(), ContainsSubstring("/nonexistent/budget.db"));
}

TEST_CASE_METHOD(Fixture, "what a login's helper says of sources is remembered") {
  CHECK(hear({"silent dns"}) == std::set{dns});
  CHECK(hear({permit, "silent whois ripencc", "silent dns"}) == std::set{dns, ripe_whois});
  CHECK(silences() == std::map<std::string, unsigned>{{"dns", 2}, {"whois ripencc", 1}});
  CHECK(hear({"silent dns", "answered dns"}).empty());
  CHECK(silences() == std::map<std::string, unsigned>{{"whois ripencc", 1}});
  CHECK(hear({permit, "answered whois ripencc", "silent whois ripencc"}).empty());
  CHECK(silences().empty());
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(Fixture, "one that is known to be silent is counted no further") {
  for (int i = 0; i < 5; ++i) hear({"silent dns"});
  CHECK(silences() == std::map<std::string, unsigned>{{"dns", most_silences}});
}

TEST_CASE_METHOD(Fixture, "in the background silence counts for nothing, and an answer does") {
  hear({"silent dns"});
  CHECK(hear({"silent dns"}, false) == std::set{dns});
  CHECK(silences() == std::map<std::string, unsigned>{{"dns", 1}});
  hear({"answered dns"}, false);
  CHECK(silences().empty());
}

TEST_CASE_METHOD(Fixture, "a helper's word about servers that it did not ask counts for nothing") {
  open().did_not_answer(ripe_whois);
  hear({"silent rdap arin", "answered whois ripencc", "silent nobody", "answered"});
  CHECK(silences() == std::map<std::string, unsigned>{{"whois ripencc", 1}});
  CHECK(warnings.size() == 4);
}

TEST_CASE("what is said of sources goes over the line and back") {
  for (const bool answered : {false, true}) {
    auto line = ask::encode(ask::SourceNews{ripe_whois, answered});
    REQUIRE(line.ends_with('\n'));
    line.pop_back();
    CHECK(ask::is_dialogue(line));
    const auto news = ask::decode_source_news(line);
    REQUIRE(news);
    CHECK(news->source == ripe_whois);
    CHECK(news->answered == answered);
  }
  CHECK_FALSE(ask::decode_source_news("silent " + std::string(2000, 'x')));
  CHECK_FALSE(ask::decode_source_news("permit dns"));
}
