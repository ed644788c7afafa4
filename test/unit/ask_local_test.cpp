// ask::gather with registry data.

#include "ask/background.hpp"
#include "ask/due_facts.hpp"
#include "catch.hpp"
#include "gather_site.hpp"
#include "registry_site.hpp"

using namespace badclients;
using namespace badclients::test;
using facts::Freshness;
using facts::Knowledge;
using facts::Provenance;

namespace {

// What RegistrySite knows of them: origin and registration; the origin alone; nothing.
constexpr const char* ripes = "192.0.2.12";
constexpr const char* apnics = "198.51.100.1";
constexpr const char* nobodys = "203.0.114.1";

/// A login with registry data on its host, and a helper that would tell all.
struct LocalSite : GatherSite {
  RegistrySite data;
  facts::Needed needed;
  bool persons = false;
  std::optional<facts::Needed> asked_about;  ///< whether rules were asked

  LocalSite() {
    REQUIRE(data.compile(RegistrySite::files()).empty());
    config.general.state_path = data.state.path();
    config.registry.max_age = std::chrono::hours{24 * 14};
    now = RegistrySite::now();
    wanted.reverse_names = false;
    answer(all_answers());
  }

  facts::Facts log_in(const char* address) {
    warnings.clear();
    asked_about.reset();
    ask::Gathering how{config, "/etc/some.conf", std::chrono::steady_clock::now() + time, now, ask};
    how.by_rules = needed.wanted;
    how.persons = persons;
    how.needed = [this](const facts::Facts&, const facts::Wanted&) {
      asked_about = needed;
      return needed;
    };
    how.wait_until = [&](const facts::Facts&, const facts::Wanted&) { return how.deadline; };
    return ask::gather(*net::Address::parse(address), wanted, how, warnings);
  }

  /// "origin as" ...: what the helper was asked for last.
  [[nodiscard]] std::string asked() const {
    std::string text;
    const auto all = requests();
    if (all.empty()) return text;
    for (const auto& [name, member] : facts::Wanted::flags) {
      if (all.back().wanted.*member) text += (text.empty() ? "" : " ") + std::string(name);
    }
    return text;
  }
};

}  // namespace

TEST_CASE_METHOD(LocalSite, "nobody is asked for what registry data has", "[registry]") {
  needed.wanted.origin = needed.wanted.as_description = needed.wanted.registration = true;
  const auto facts = log_in(ripes);
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{10});
  CHECK(facts.registration.value.name == "PART");
  CHECK(facts::freshness(facts) == Freshness::local);
  CHECK(requests().empty());
  CHECK(warnings.empty());
  CHECK_FALSE(asked_about);
  // Nor is the cache opened.
  CHECK_FALSE(std::filesystem::exists(data.state / "cache.db"));
  wanted.reverse_names = true;
  log_in(ripes);
  CHECK(asked() == "ptr");
  CHECK(facts::freshness(log_in(ripes)) == Freshness::local);
}

TEST_CASE_METHOD(LocalSite, "the audit line alone asks for nothing where registry data answered",
                 "[registry]") {
  const auto facts = log_in(apnics);
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{20, 21});
  CHECK(facts.registration.knowledge == Knowledge::not_asked);
  CHECK(facts::freshness(facts) == Freshness::local);
  CHECK(requests().empty());
  CHECK_FALSE(asked_about);
}

TEST_CASE_METHOD(LocalSite, "what registry data does not have is asked for where a rule needs it",
                 "[registry]") {
  needed.wanted.registration = true;
  answer({registration("LINODE")});
  const auto facts = log_in(apnics);
  CHECK(asked_about);
  CHECK(asked() == "registration");
  CHECK(requests().back().origin->asns.front() == 20);
  CHECK(facts.registration.value.name == "LINODE");
  CHECK(facts.origin.from == Provenance::local);
  CHECK(facts::freshness(facts) == Freshness::local);
  CHECK(log_in(apnics).registration.from == Provenance::cache);
  CHECK(requests().size() == 1);
  // It is not in the line where no rule needs it any more, and is not asked for anew.
  now += config.cache.ttl + 1min;
  needed.wanted.registration = false;
  CHECK(log_in(apnics).registration.knowledge == Knowledge::not_asked);
  needed.wanted.registration = true;
  CHECK(log_in(apnics).registration.from == Provenance::stale_cache);
}

TEST_CASE_METHOD(LocalSite, "rules that need an answer no longer leave it out", "[registry]") {
  // A rule looks at the registration, but not of this login.
  needed.wanted.registration = true;
  ask::Gathering how{config, "/etc/some.conf", std::chrono::steady_clock::now() + time, now, ask};
  how.by_rules.registration = true;
  how.needed = [](const facts::Facts& so_far, const facts::Wanted& of) {
    CHECK(so_far.origin.known());
    CHECK_FALSE(of.origin);
    CHECK(of.registration);
    return facts::Needed{};
  };
  how.wait_until = [&](const facts::Facts&, const facts::Wanted&) { return how.deadline; };
  const auto facts = ask::gather(*net::Address::parse(apnics), wanted, how, warnings);
  CHECK(facts.registration.knowledge == Knowledge::not_asked);
  CHECK(requests().empty());
}

TEST_CASE_METHOD(LocalSite, "of an address that registry data does not have all is asked",
                 "[registry]") {
  const auto facts = log_in(nobodys);
  CHECK(asked() == "origin as registration");
  CHECK(facts::freshness(facts) == Freshness::fresh);
  CHECK_FALSE(asked_about);
}

TEST_CASE_METHOD(LocalSite, "persons' handles are asked for where a rule names some",
                 "[registry]") {
  needed.wanted.registration = persons = true;
  CHECK(log_in(ripes).registration.from == Provenance::local);
  CHECK(requests().empty());
  needed.persons = true;
  const auto facts = log_in(ripes);
  CHECK(asked() == "registration");
  CHECK(facts.registration.value.name == "LINODE");
  CHECK_FALSE(facts.without_persons.known());
  CHECK(log_in(ripes).registration.from == Provenance::cache);
  CHECK(requests().size() == 1);
}

TEST_CASE_METHOD(LocalSite, "until they are known, registry data says all else", "[registry]") {
  needed.wanted.registration = needed.persons = persons = true;
  answer({failed("registration", "SERVFAIL")});
  const auto facts = log_in(ripes);
  CHECK(facts.registration.failed());
  CHECK(facts.without_persons.value.name == "PART");
  CHECK(facts::likely_registration(facts)->name == "PART");
  CHECK_FALSE(facts.provisional.registration.known());
  CHECK(facts::freshness(facts) == Freshness::partial);
  // A neighbour's answer is not taken for it.
  answer(all_answers());
  log_in("192.0.2.200");
  CHECK(facts::likely_registration(log_in("192.0.2.13"))->name == "PART");
}

TEST_CASE_METHOD(LocalSite, "persons' handles are left out where nobody else is asked",
                 "[registry]") {
  needed.wanted.registration = needed.persons = persons = true;
  config.lookup.registration = {config::RegistrationSource::local};
  const auto facts = log_in(ripes);
  CHECK(facts.registration.value.name == "PART");
  CHECK(requests().empty());
  CHECK_FALSE(facts.without_persons.known());
}

TEST_CASE_METHOD(LocalSite, "with registry data alone nobody is ever asked", "[registry]") {
  config.lookup.origin = {config::OriginSource::local};
  config.lookup.registration = {config::RegistrationSource::local};
  const auto of_line = log_in(nobodys);
  CHECK(of_line.origin.knowledge == Knowledge::not_asked);
  CHECK(facts::freshness(of_line) == Freshness::none);
  needed.wanted.origin = needed.wanted.registration = true;
  const auto facts = log_in(nobodys);
  CHECK(facts.origin.failed());
  CHECK(facts.origin.trouble == "registry data has nothing about it");
  CHECK(facts.registration.failed());
  CHECK(facts::freshness(facts) == Freshness::partial);
  CHECK(log_in(apnics).registration.failed());
  std::filesystem::remove(data.path());
  CHECK(log_in(ripes).origin.failed());
  CHECK(login(ripes).origin.failed());  // of `check`
  CHECK(requests().empty());
}

TEST_CASE_METHOD(LocalSite, "without `local` registry data is not looked at", "[registry]") {
  config.lookup.origin = {config::OriginSource::dns};
  config.lookup.registration = {config::RegistrationSource::whois};
  data.state.write("registry.db", "no database");
  const auto facts = log_in(ripes);
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{63949});
  CHECK(warnings.empty());
}

TEST_CASE_METHOD(LocalSite, "registry data that is too old is not used, and warned of",
                 "[registry]") {
  now += std::chrono::hours{24 * 15};
  const auto facts = log_in(ripes);
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{63949});
  CHECK(warned_of("older than registry/max_age, and not used: riswhoisdump.IPv4.gz"));
}

TEST_CASE_METHOD(LocalSite, "a damaged registry.db is a warning, and all is asked for",
                 "[registry]") {
  data.state.write("registry.db",
                   GENERATE(as<std::string>{}, "no database", std::string(100'000, '\0')));
  const auto facts = log_in(ripes);
  CHECK(facts.origin.value.asns == std::vector<std::uint32_t>{63949});
  REQUIRE(warnings.size() == 1);
  CHECK(warned_of("registry.db: "));
}

TEST_CASE_METHOD(LocalSite, "who looks at all facts is told all", "[registry]") {
  // As badclientsctl check does.
  answer({registration("LINODE")});
  const auto facts = login(apnics);
  CHECK(facts.origin.from == Provenance::local);
  CHECK(facts.registration.value.name == "LINODE");
}

TEST_CASE_METHOD(LocalSite, "a description that is refreshed behind is of the local origin",
                 "[registry]") {
  auto files = RegistrySite::files();
  files.erase("asn.txt");
  REQUIRE(data.compile(files, true, {"asn.txt"}).empty());
  needed.wanted.origin = needed.wanted.as_description = true;
  answer({description(10, "OLD, NL")});
  CHECK(log_in(ripes).as_descriptions.at(0).value.text == "OLD, NL");
  now += config.cache.ttl + 1min;
  answer({description(10, "NEW, NL")});
  wanted = {};
  wanted.as_description = true;
  refresh_old(ripes);
  CHECK(asked() == "as");
  CHECK(requests().back().origin->asns == std::vector<std::uint32_t>{10});
}

TEST_CASE_METHOD(LocalSite, "an answer with persons' handles is refreshed behind", "[registry]") {
  needed.wanted.registration = needed.persons = persons = true;
  log_in(ripes);
  now += config.cache.ttl + 1min;
  CHECK(log_in(ripes).registration.from == Provenance::stale_cache);
  REQUIRE(requests().size() == 1);
  wanted = {};
  wanted.registration = true;
  answer({registration("NEW")});
  refresh_old(ripes);
  CHECK(requests().size() == 2);
  const auto facts = log_in(ripes);
  CHECK(facts.registration.from == Provenance::cache);
  CHECK(facts.registration.value.name == "NEW");
}
