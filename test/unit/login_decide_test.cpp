#include "login/decide.hpp"

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ask/waiting_place.hpp"
#include "catch.hpp"
#include "config/scope.hpp"
#include "lines_sink.hpp"
#include "list_site.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Decision = facts::Verdict::Decision;

namespace {

/// One login at a site whose helper hears of nobody: whatever is asked for cannot be had.
struct Case {
  ListSite site;
  config::Config config;
  facts::Login login{"alice", "imap", net::Address::parse("52.97.246.245").value(), ""};
  Lines log;
  std::vector<login::Armed> armed;
  facts::Verdict verdict;
  login::Kept kept;
  bool counted = false;

  Case() {
    config.general.list_path = site.lists;
    config.general.state_path = site.state;
    config.lookup.helper = "/nonexistent/badclients-lookup";
  }

  void decide() { decide_until(0); }
  /// Arming throws, the time with that number.
  void decide_until(std::size_t last) {
    login.scope = config::scope_of(login, config);
    verdict = login::decide({&kept,
                             login,
                             config,
                             "/nonexistent.conf",
                             {},
                             std::chrono::steady_clock::now(),
                             log,
                             "/nonexistent/badclients",
                             [this, last](const auto& one) {
                               armed.push_back(one);
                               if (armed.size() == last) throw std::runtime_error("out of luck");
                             },
                             true,
                             counted});
  }
  [[nodiscard]] std::vector<std::string> matched() const {
    std::vector<std::string> names;
    for (const auto& one : armed) names.push_back(one.verdict.matched);
    return names;
  }
};

}  // namespace

TEST_CASE("from the lists on a login ends with what they say, and never more mildly") {
  Case one;
  one.site.list("ip_net.deny.lst", "52.96.0.0/14\n");
  one.decide();
  CHECK(one.verdict.decision == Decision::deny);
  CHECK(one.matched() == std::vector<std::string>{"on_error", "ip_net", "ip_net"});
  CHECK(one.armed[0].verdict.decision == Decision::allow);
  CHECK_FALSE(one.armed[0].founded);
  for (const auto& armed : {one.armed[1], one.armed[2]}) {
    CHECK(armed.verdict.decision == Decision::deny);
    CHECK(armed.founded);
    CHECK_THAT(armed.line.text(1500us, "a stall"),
               StartsWith("mail-audit: user=<alice>, service=imap, ip=52.97.246.245, ") &&
                   EndsWith(", blocked=True, matched=ip_net, rule=ip_net.deny.lst:1, "
                            "client_id=None, facts=none, took=1.5ms, error=<a stall>"));
  }
  REQUIRE(one.log.info.size() == 1);
  CHECK_THAT(one.log.info[0], ContainsSubstring("blocked=True") && !ContainsSubstring("error="));
}

TEST_CASE("damage to the index is told of once the lists have had their say") {
  Case one;
  one.site.list("ip_net.deny.lst", "52.96.0.0/14\n");
  one.decide();
  one.site.damage_verified_index();
  one.kept.rules.reset();
  one.armed.clear();
  one.log.when_written = [&](std::string_view text) {
    INFO(text);
    REQUIRE_FALSE(one.armed.empty());
    CHECK(one.armed.back().verdict.matched == "ip_net");
  };
  one.decide();
  CHECK(one.verdict.decision == Decision::deny);
  REQUIRE(one.log.worse.size() == 1);
  CHECK_THAT(one.log.worse[0], ContainsSubstring("damaged; it is made anew"));
}

TEST_CASE("the work that old lists took is not counted against the new ones") {
  Case one;
  one.config.general.on_error = config::OnError::deny;
  for (int i = 0; i < 3; ++i) one.login.client_id += std::string(60, 'a') + ".";
  one.login.client_id += "b.example";
  one.site.list("client_id.deny.lst", "(.*).*(.*).*%1%2x?b%.example\n");
  one.decide();
  wait_for_maker(one.site.state);
  CHECK(one.verdict.matched == "on_error");
  one.log.worse.clear();
  SECTION("one that matches at once refuses") {
    one.site.list("client_id.deny.lst", "(a)%1.*\n");
    one.decide();
    CHECK(one.verdict.matched == "client_id");
  }
  SECTION("one that does not match lets in") {
    one.site.list("client_id.deny.lst", "(.)[yz]%1.*b%.example\n");
    one.decide();
    CHECK(one.verdict.decision == Decision::allow);
  }
  SECTION("in a process that keeps nothing, too") {
    one.kept.rules.reset();
    one.site.list("client_id.deny.lst", "(a)%1.*\n");
    one.decide();
    CHECK(one.verdict.matched == "client_id");
  }
  for (const auto& text : one.log.worse) CHECK_THAT(text, !ContainsSubstring("too much work"));
}

TEST_CASE("a refusal that a fact could lift is armed while that fact is asked for") {
  Case one;
  one.site.list("ip_net.deny.lst", "52.96.0.0/14\n");
  one.site.list("rev_host.allow.lst", "mail.example.com\n");
  one.decide();
  CHECK(one.matched() == std::vector<std::string>{"on_error", "ip_net", "ip_net", "ip_net"});
  CHECK(one.armed[1].verdict.decision == Decision::deny);
  CHECK(one.armed[1].founded);
}

TEST_CASE("a login that an allow list knows is armed as allowed") {
  Case one;
  one.config.general.on_error = config::OnError::deny;
  one.site.list("ip_net.deny.lst", "52.96.0.0/14\n");
  one.site.list("asn.deny.lst", "AS64500\n");
  one.site.list("user.allow.lst", "alice\n");
  one.decide();
  CHECK(one.matched() == std::vector<std::string>{"on_error", "user", "user", "user"});
  CHECK(one.armed[0].verdict.decision == Decision::deny);
  CHECK(one.armed[1].verdict.decision == Decision::allow);
}

TEST_CASE("on_error is armed while a rule may still refuse, and not where none can") {
  for (const bool may_refuse : {true, false}) {
    Case one;
    one.config.general.on_error = config::OnError::tempfail;
    if (may_refuse) one.site.list("asn.deny.lst", "AS64500\n");
    one.decide();
    REQUIRE(one.armed.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(one.armed[i].founded == (i == 3));  // no rule has spoken, and a fact may come
    }
    CHECK(one.armed[1].verdict.decision == (may_refuse ? Decision::tempfail : Decision::allow));
    CHECK(one.verdict.decision == (may_refuse ? Decision::tempfail : Decision::allow));
    REQUIRE(one.log.info.size() == 1);
    const auto has = [&](const char* text) {
      return one.log.info[0].find(text) != std::string::npos;
    };
    CHECK(has("tempfail=True, matched=on_error") == may_refuse);
    CHECK(has(", error=<a fact that a rule looks at could not be had") == may_refuse);
  }
}

TEST_CASE("an internal error lets in only whom a rule, or all the facts, let in") {
  const auto holds = [](Decision decision, bool founded) {
    login::Armed armed;
    armed.verdict.decision = decision;
    armed.founded = founded;
    return armed.holds();
  };
  CHECK(holds(Decision::allow, true));
  CHECK_FALSE(holds(Decision::allow, false));
  for (const bool founded : {false, true}) {
    CHECK(holds(Decision::deny, founded));
    CHECK(holds(Decision::tempfail, founded));
  }
}

TEST_CASE("what throws on the way ends the login with what was armed") {
  Case one;
  one.site.list("ip_net.deny.lst", "52.96.0.0/14\n");
  one.decide_until(3);
  CHECK(one.verdict.decision == Decision::deny);
  REQUIRE(one.log.info.size() == 1);
  CHECK_THAT(one.log.info[0], ContainsSubstring("blocked=True, matched=ip_net") &&
                                  EndsWith(", error=<internal error: out of luck>"));
  CHECK(one.log.worse.back() == "internal error: out of luck");
}

TEST_CASE("what throws before a rule has spoken lets nobody in") {
  Case one;
  one.site.list("asn.deny.lst", "AS64500\n");
  one.decide_until(2);
  REQUIRE(one.armed.size() == 3);
  CHECK(one.armed[1].verdict.decision == Decision::allow);
  CHECK(one.armed[2].verdict.decision == Decision::tempfail);
  CHECK(one.armed[2].founded);
  CHECK(one.verdict.decision == Decision::tempfail);
  REQUIRE(one.log.info.size() == 1);
  CHECK_THAT(one.log.info[0], ContainsSubstring("tempfail=True") &&
                                  EndsWith(", error=<internal error: out of luck>"));
}

TEST_CASE("while the lists are read the last index arms what a rule of it says, and nothing else") {
  for (const bool listed : {true, false}) {
    Case one;
    one.config.general.on_error = config::OnError::deny;
    one.site.list("ip_net.deny.lst", listed ? "52.96.0.0/14\n" : "192.0.2.0/24\n");
    one.decide();  // makes the index
    wait_for_maker(one.site.state);
    one.armed.clear();
    one.decide();
    std::vector<std::string> matched;
    for (const auto& armed : one.armed) {
      if (armed.next != std::string_view("reading the lists")) continue;
      CHECK(armed.founded == !matched.empty());
      // Of the index that is kept, and again of the one in the folder where that may be another.
      if (matched.empty() || matched.back() != armed.verdict.matched) {
        matched.push_back(armed.verdict.matched);
      }
    }
    CHECK(matched == (listed ? std::vector<std::string>{"on_error", "ip_net"}
                             : std::vector<std::string>{"on_error"}));
  }
}

TEST_CASE("where too many wait a login ends with what is known, and else as on_error says") {
  using config::OnError;
  for (const auto& [on_error, decision] : {std::pair{OnError::allow, Decision::allow},
                                           {OnError::deny, Decision::deny},
                                           {OnError::tempfail, Decision::tempfail}}) {
    Case one;
    one.counted = true;
    one.config.general.on_error = on_error;
    one.site.list("asn.deny.lst", "AS64500\n");
    one.site.list("ip_net.deny.lst", "192.88.99.1\n52.96.0.0/14\n");
    one.site.list("user.allow.lst", "postmaster\n");
    std::vector<ask::WaitingPlace> all;
    for (unsigned i = 0; i < ask::most_waiting; ++i) {
      const net::Network block{net::Address::v4(i << 8U), 24};
      all.push_back(ask::WaitingPlace::take(one.site.state, std::to_string(i), block).value());
    }
    one.login.address = net::Address::parse("84.46.0.17").value();
    one.decide();
    CHECK(one.verdict.decision == decision);
    CHECK_THAT(one.log.info.at(0), ContainsSubstring("facts=partial"));
    CHECK_THAT(one.log.worse.at(0), ContainsSubstring("64 logins wait for the network already"));
    one.login.address = net::Address::parse("52.97.246.245").value();
    one.decide();
    CHECK(one.verdict.decision == Decision::deny);
    one.login.user = "postmaster";
    one.decide();
    CHECK(one.verdict.decision == Decision::allow);
    all.clear();
    one.log.worse.clear();
    one.login.user = "alice";
    one.login.address = net::Address::parse("84.46.0.17").value();
    one.decide();  // the helper that it asks is not there
    CHECK_THAT(one.log.worse.at(0), ContainsSubstring("cannot run"));
  }
}

TEST_CASE("a login that nobody asks about is armed as it is") {
  Case one;
  one.login.address = net::Address::parse("10.0.0.1").value();
  one.config.general.on_error = config::OnError::deny;
  one.config.lookup.reverse_dns = false;
  one.decide();
  CHECK(one.armed.back().verdict.decision == Decision::allow);
  CHECK(one.armed.back().founded);
  CHECK(one.log.info.empty());
  one.config.general.log_local = true;
  one.decide();
  CHECK(one.log.info.size() == 1);
}

TEST_CASE("the network hears nothing of a special-purpose address but the question for its name") {
  Case one;
  const auto heard = one.site.state + "/heard";
  const auto helper = one.site.state + "/helper";
  std::ofstream(helper) << "#!/bin/sh\nwhile read -r line; do echo \"$line\" >>" << heard
                        << "; [ \"$line\" = end ] && exit; done\n";
  chmod(helper.c_str(), 0755);
  one.config.lookup.helper = helper;
  one.config.general.log_local = true;
  one.login.address = net::Address::parse("192.168.1.1").value();
  one.decide();
  CHECK_THAT(read_whole_file(heard),
             ContainsSubstring("want ptr\n") && !ContainsSubstring("want o"));
  CHECK_THAT(one.log.info.at(0), ContainsSubstring(", asn=None, as_cc=ZZ, "));
}

TEST_CASE("a login of which nothing is known but itself leaves a line, too") {
  Lines log;
  login::log_undecided(log, {"al<ice", "imap", std::nullopt, ""}, audit::Form::line,
                       std::chrono::steady_clock::now(), "no <configuration>");
  REQUIRE(log.info.size() == 1);
  CHECK_THAT(log.info[0], StartsWith("mail-audit: user=<al\\x3cice>, service=imap, ip=None, ") &&
                              ContainsSubstring(", tempfail=True, matched=None, ") &&
                              EndsWith(", error=<no \\x3cconfiguration\\x3e>"));
  CHECK(log.worse == std::vector<std::string>{"no <configuration>"});
}
