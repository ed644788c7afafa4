#include "config/limit.hpp"

#include "catch.hpp"
#include "config/config.hpp"

using namespace badclients::config;
using namespace std::chrono_literals;

namespace {

Limits good(const char* text) {
  const auto limits = read_limits(text);
  INFO((limits ? "" : limits.error()));
  REQUIRE(limits);
  return *limits;
}

std::string fault(const char* text) {
  const auto limits = read_limits(text);
  return limits ? "none" : limits.error();
}

}  // namespace

TEST_CASE("a budget is a count of questions in a length of time, of one service or of both") {
  CHECK(good("8/1m") == Limits{{{}, 8, 1min}});
  CHECK(good(" 120/1m  RDAP:500/24h ") == Limits{{{}, 120, 1min}, {Service::rdap, 500, 24h}});
  CHECK(good("whois:1/500ms") == Limits{{Service::whois, 1, 500ms}});
  CHECK(good("none").empty());
}

TEST_CASE("a limit is shown as it is written") {
  for (const auto* text : {"8/1m", "rdap:500/1d", "whois:1/500ms", "7/90s"}) {
    CHECK(good(text).at(0).str() == text);
  }
}

TEST_CASE("a budget that makes no sense is told with what was expected") {
  for (const auto* text : {"8", "8/", "/1m", "http:8/1m", "8/1m none", "8:1m", "rdap:/1m"}) {
    INFO(text);
    CHECK(fault(text) != "none");
  }
  CHECK_THAT(fault("ten a minute"), ContainsSubstring("'ten' is no limit"));
  CHECK_THAT(fault("ten a minute"), ContainsSubstring("try 60/1m"));
  CHECK_THAT(fault("0/1m"), ContainsSubstring("'0' is not a whole number from 1"));
  CHECK_THAT(fault("8/1"), ContainsSubstring("not a duration"));
  CHECK_THAT(fault("8/8d"), ContainsSubstring("out of range"));
  CHECK_THAT(fault(""), ContainsSubstring("none stands for no limit"));
  CHECK_THAT(fault("1/1m 1/1m 1/1m 1/1m 1/1m 1/1m 1/1m 1/1m 1/1m"),
             ContainsSubstring("more than 8"));
}

TEST_CASE("LACNIC is asked less than ten times a minute, and everybody has a budget") {
  const Config::Budget budget;
  REQUIRE(budget.lacnic.size() == 1);
  CHECK(budget.lacnic[0].count * 1min < 10 * budget.lacnic[0].window);
  CHECK_FALSE(budget.lacnic[0].service);
  for (const auto* limits : {&budget.arin, &budget.ripencc, &budget.apnic, &budget.afrinic,
                             &budget.iana, &budget.cymru, &budget.other}) {
    CHECK_FALSE(limits->empty());
  }
}
