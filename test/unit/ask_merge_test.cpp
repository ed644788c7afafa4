#include "ask/merge.hpp"

#include "catch.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

constexpr facts::Time now{1'700'000'000s};

/// A failure whose answer says that it is good for `life`.
facts::Facts silence(std::chrono::seconds life, facts::Cause cause = facts::Cause::silence) {
  facts::Facts facts;
  facts.origin.knowledge = facts::Knowledge::failed;
  facts.origin.cause = cause;
  facts.origin.learnt = now;
  facts.origin.expires = now + life;
  return facts;
}

std::chrono::seconds shortened(facts::Facts facts) {
  ask::shorten_silences(facts, 10s);
  return std::chrono::duration_cast<std::chrono::seconds>(facts.origin.expires - now);
}

}  // namespace

TEST_CASE("a silence is remembered no longer than it says, and no longer than the bound") {
  CHECK(shortened(silence(3s)) == 3s);
  CHECK(shortened(silence(10s)) == 10s);
  CHECK(shortened(silence(600s)) == 10s);
  CHECK(shortened(silence(600s, facts::Cause::patience)) == 10s);
}

TEST_CASE("a silence that says nothing of its end is remembered up to the bound") {
  CHECK(shortened(silence(0s)) == 10s);
}

TEST_CASE("another failure than silence keeps its time") {
  CHECK(shortened(silence(600s, facts::Cause{})) == 600s);
}
