#include "network/transport/source_watch.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include "ask/wire/dialogue.hpp"
#include "catch.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using base::Deadline;
using budget::Source;
using network::SourceWatch;
using Clock = std::chrono::steady_clock;

namespace {

const auto dns = Source::nameservers();
const Source ripe{"whois ripencc"};

struct Case {
  std::mutex mutex;
  std::vector<std::string> told;  ///< "silent dns", "answered dns"
  std::atomic<unsigned> probes = 0;
  std::atomic<bool> resolver_lives = false;

  SourceWatch::Tell tell() {
    return [this](const Source& source, bool answered) {
      const std::lock_guard lock(mutex);
      told.push_back((answered ? "answered " : "silent ") + source.name);
    };
  }
  SourceWatch::Probe probe() {
    return [this](base::Deadline) {
      ++probes;
      return resolver_lives.load();
    };
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex);
    return told;
  }
  void wait_for(const std::vector<std::string>& expected) {
    for (const auto end = Clock::now() + 20s; Clock::now() < end && heard() != expected;) {
      std::this_thread::sleep_for(1ms);
    }
    CHECK(heard() == expected);
  }
};

}  // namespace

TEST_CASE_METHOD(Case, "a source that does not answer for a while is silent, until it answers") {
  SourceWatch watch({}, tell(), probe());
  CHECK_FALSE(watch.anyone_silent());
  const auto begin = Clock::now();
  SourceWatch::Question question(&watch, ripe);
  const auto far = Clock::now() + 60s;
  CHECK(question.until(far) == far);
  wait_for({"silent whois ripencc"});
  CHECK(Clock::now() - begin >= ask::long_silence);
  CHECK(watch.anyone_silent());
  question.answered();
  question.answered();
  CHECK_FALSE(watch.anyone_silent());
  CHECK(heard() == std::vector<std::string>{"silent whois ripencc", "answered whois ripencc"});
  CHECK(probes == 0);
}

TEST_CASE_METHOD(Case, "one that has answered once is not silent, whatever waits") {
  SourceWatch watch({}, tell(), probe());
  SourceWatch::Question first(&watch, ripe), second(&watch, ripe), other(&watch, dns);
  first.answered();
  wait_for({"answered whois ripencc", "silent dns"});
}

TEST_CASE_METHOD(Case, "nor is one of which nobody waits for an answer") {
  SourceWatch watch({}, tell(), probe());
  { const SourceWatch::Question refused(&watch, ripe); }
  const SourceWatch::Question other(&watch, dns);
  wait_for({"silent dns"});
}

TEST_CASE_METHOD(Case, "a question that moves goes on waiting") {
  SourceWatch watch({}, tell(), probe());
  SourceWatch::Question first(&watch, ripe);
  const auto second = std::move(first);
  wait_for({"silent whois ripencc"});
}

TEST_CASE_METHOD(Case, "a nameserver that answers the probe is not silent") {
  resolver_lives = true;
  SourceWatch watch({}, tell(), probe());
  const SourceWatch::Question zone(&watch, dns), other(&watch, ripe);
  wait_for({"answered dns", "silent whois ripencc"});
  CHECK(probes == 1);
}

TEST_CASE_METHOD(Case, "one that is known to be silent is waited for shortly, and once together") {
  SourceWatch watch({dns}, tell(), probe());
  const auto begin = Clock::now();
  const auto far = begin + 60s;
  const SourceWatch::Question first(&watch, dns);
  const auto until = first.until(far);
  CHECK(until <= Clock::now() + budget::patience_with_silent);
  CHECK(until >= begin + budget::patience_with_silent);
  CHECK(watch.anyone_silent());
  const SourceWatch::Question second(&watch, dns), other(&watch, ripe);
  CHECK(second.until(far) == until);
  CHECK(second.until(begin) == begin);
  CHECK(other.until(far) == far);
  second.answered();
  CHECK(first.until(far) == far);
  CHECK_FALSE(watch.anyone_silent());
}

TEST_CASE_METHOD(Case, "one that is known to be silent and not asked is not") {
  const SourceWatch watch({dns}, tell(), probe());
  CHECK_FALSE(watch.anyone_silent());
}

TEST_CASE("without a watch, or for a stranger, a question is as it is") {
  const auto far = Clock::now() + 60s;
  const SourceWatch::Question nobody(nullptr, dns);
  CHECK(nobody.until(far) == far);
  nobody.answered();
  SourceWatch watch(
      {}, [](const auto&, bool) { FAIL(); }, [](base::Deadline) { return false; });
  const SourceWatch::Question stranger(&watch, std::nullopt);
  stranger.answered();
  CHECK(stranger.until(far) == far);
}
