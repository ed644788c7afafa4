#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ask/gather.hpp"
#include "catch.hpp"
#include "facts/serialise.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using facts::Facts;
using facts::Knowledge;

namespace {

constexpr auto address = "139.162.133.252";

/// A helper that says at once who registered the address, and then nothing for a minute.
struct Site {
  TempFolder folder;
  config::Config config;
  facts::Wanted wanted{true, false, true, true, true, {}};
  std::vector<std::pair<Knowledge, Knowledge>> heard;  ///< registration, reverse names
  std::vector<std::string> warnings;
  std::chrono::nanoseconds took{};

  Site() {
    const facts::Registration registration{"LINODE", "US", {"LA538-RIPE"}, {}};
    folder.write("answer", ask::encode_answer("registration", ask::Result::known, 24h,
                                              "whois.example", facts::encode(registration)));
    config.general.state_path = folder.path();
    config.lookup.helper = folder.write("helper",
                                        "#!/bin/sh\ncd '" + folder.path() +
                                            "'\nsed '/^end$/q' >>requests\n"
                                            "cat answer\nexec sleep 60\n",
                                        0755);
  }

  /// `until`: how long a login waits after the facts so far, from its begin on.
  Facts login(const std::function<std::chrono::milliseconds(const Facts&)>& until,
              std::chrono::milliseconds time = 30s) {
    const auto begin = std::chrono::steady_clock::now();
    ask::Gathering how{config, "/etc/some.conf", begin + time, std::chrono::system_clock::now()};
    how.wait_until = [&](const Facts& facts, const facts::Wanted&) {
      heard.emplace_back(facts.registration.knowledge, facts.reverse_names.knowledge);
      const auto length = until(facts);
      return length == 0ms ? base::not_at_all : begin + length;
    };
    auto facts = ask::gather(net::Address::parse(address).value(), wanted, how, warnings);
    took = std::chrono::steady_clock::now() - begin;
    return facts;
  }
  [[nodiscard]] bool asked() const { return std::filesystem::exists(folder / "requests"); }

  static std::chrono::milliseconds until_registration(const Facts& facts) {
    return facts.registration.known() ? 0ms : 30s;
  }
};

}  // namespace

TEST_CASE_METHOD(Site, "what is known is heard before the first question and after each answer") {
  const auto facts = login(until_registration);
  CHECK(took < 20s);
  CHECK(heard == std::vector{std::pair{Knowledge::not_asked, Knowledge::not_asked},
                             std::pair{Knowledge::known, Knowledge::not_asked}});
  CHECK(facts.registration.value.name == "LINODE");
}

TEST_CASE_METHOD(Site, "what is given up has not failed, and the next login may ask for it") {
  wanted.dnsbl_zones = {"zen.example"};
  const auto facts = login(until_registration);
  CHECK(facts.reverse_names.knowledge == Knowledge::not_asked);
  CHECK(facts.origin.knowledge == Knowledge::not_asked);
  CHECK(facts.as_descriptions.empty());
  CHECK(facts.dnsbl.empty());
  CHECK(freshness(facts) == facts::Freshness::fresh);
  CHECK(warnings.empty());

  std::filesystem::remove(folder / "requests");
  const auto again = login([](const auto&) { return std::chrono::milliseconds{30s}; }, 300ms);
  CHECK(asked());
  CHECK(again.registration.from == facts::Provenance::cache);
  CHECK(again.reverse_names.failed());
}

TEST_CASE_METHOD(Site, "where what is known is enough nobody is asked") {
  const auto facts = login([](const auto&) { return 0ms; });
  CHECK_FALSE(asked());
  CHECK(facts.registration.knowledge == Knowledge::not_asked);
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(Site, "what only the audit line shows is waited for a second") {
  const auto from_the_start = GENERATE(true, false);
  const auto facts = login([&](const Facts& so_far) {
    return from_the_start || so_far.registration.known() ? ask::longest_for_line
                                                         : std::chrono::milliseconds{30s};
  });
  CHECK(took >= ask::longest_for_line);
  CHECK(took < 10s);
  CHECK(facts.registration.known());
  CHECK(facts.reverse_names.failed());
  CHECK(facts.origin.failed());
}

TEST_CASE_METHOD(Site, "a deadline that is nearer than that holds") {
  const auto facts = login([](const auto&) { return ask::longest_for_line; }, 200ms);
  CHECK(took < 900ms);
  CHECK(facts.reverse_names.failed());
}

TEST_CASE_METHOD(Site, "where nothing has to be asked for nothing is heard") {
  wanted = {};
  wanted.registration = true;
  login(until_registration);
  heard.clear();
  CHECK(login(until_registration).registration.known());
  CHECK(heard.empty());
}
