#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/scope.hpp"
#include "lists/index_builder.hpp"
#include "rules.hpp"
#include "verdict/decider.hpp"

/// One login to decide about: the rules, the settings, the login, and all facts known about it.
struct VerdictCase {
  using Verdict = badclients::facts::Verdict;
  using Decision = Verdict::Decision;

  Rules rules;
  badclients::config::Config config;
  badclients::facts::Login login = some_login();
  badclients::facts::Facts facts = some_facts();

  /// What `ask(decider)` says.
  template <class Ask>
  auto with_decider(Ask ask) const {
    const auto bytes = badclients::lists::compile(rules.book());
    const auto index = badclients::lists::Index::over(std::as_bytes(std::span(bytes))).value();
    badclients::lists::PatternMatcher matcher;
    return ask(badclients::verdict::Decider(index, config, matcher));
  }

  [[nodiscard]] Verdict decide() const {
    return with_decider([&](const auto& decider) { return decider.decide(scoped(), facts); });
  }
  [[nodiscard]] std::optional<Verdict> before_facts() const {
    const auto known =
        with_decider([&](const auto& decider) { return decider.so_far(scoped(), {}); });
    return settled(known) ? std::optional{known.verdict} : std::nullopt;
  }
  [[nodiscard]] std::vector<badclients::verdict::Match> explain() const {
    return with_decider([&](const auto& decider) { return decider.explain(scoped(), facts); });
  }
  [[nodiscard]] badclients::verdict::SoFar so_far() const { return so_far(facts); }
  [[nodiscard]] badclients::verdict::SoFar so_far(const badclients::facts::Facts& known) const {
    return with_decider([&](const auto& decider) { return decider.so_far(scoped(), known); });
  }
  [[nodiscard]] badclients::facts::Wanted wanted_by_rules() const {
    return with_decider([&](const auto& decider) { return decider.wanted_by_rules(); });
  }
  [[nodiscard]] badclients::facts::Wanted wanted() const {
    return with_decider([&](const auto& decider) { return decider.wanted(); });
  }

  static bool settled(const badclients::verdict::SoFar& known) {
    return known.waits == badclients::verdict::Waits::for_nothing;
  }

  /// The login as a door makes it.
  [[nodiscard]] badclients::facts::Login scoped() const {
    auto made = login;
    made.scope = badclients::config::scope_of(made, config);
    return made;
  }

  static badclients::facts::Login some_login() {
    return {"alice",
            "imap",
            badclients::net::Address::parse("52.97.246.245").value(),
            R"("name" "Outlook")",
            "session",
            "boss"};
  }

  template <class T>
  static badclients::facts::Fact<T> known(T value) {
    badclients::facts::Fact<T> fact;
    fact.knowledge = badclients::facts::Knowledge::known;
    fact.value = std::move(value);
    return fact;
  }
  template <class T>
  static badclients::facts::Fact<T> failed(T value = {}) {
    auto fact = known(std::move(value));
    fact.knowledge = badclients::facts::Knowledge::failed;
    return fact;
  }

  /// As registry data has it of RIPE's space: without persons' handles.
  static badclients::facts::Fact<badclients::facts::Registration> from_ripes_data(
      badclients::facts::Fact<badclients::facts::Registration> registration) {
    registration.from = badclients::facts::Provenance::local;
    registration.source = "ripe.db.inetnum.gz";
    return registration;
  }

  static badclients::facts::Facts some_facts() {
    using namespace badclients::facts;
    Facts facts;
    facts.reverse_names = known(
        ReverseNames{{"other.example.net", Confirmed::no}, {"mail.example.com", Confirmed::yes}});
    facts.origin = known(Origin{{64500, 64501}, {}, "US", "arin"});
    facts.as_descriptions = {known(AsDescription{64500, "EXAMPLE-AS Example Hosting, US"}),
                             known(AsDescription{64501, "OTHER-AS - Other Hosting, DE"})};
    facts.registration = known(Registration{"EXAMPLE-NET", "RU", {"ORG-1-RIPE", "Mail-RU"}, {}});
    facts.dnsbl = {known(
        DnsblListing{"zen.example", {badclients::net::Address::parse("127.0.0.4").value()}, ""})};
    GeoCity geo;
    geo.city = Place{4744870, "", "Ashburn"};
    geo.subdivisions = {{6254928, "VA", "Virginia"}, {6254929, "XX", "Part"}};
    geo.country = Place{6252001, "US", "United States"};
    geo.location = Circle{39.0, -77.5, 20};
    facts.geo_city = known(geo);
    facts.geo_asn = known(GeoAsn{64502, "Example Hosting Inc"});
    facts.geo_anonymous = known(std::vector<std::string>{"is_anonymous", "is_hosting_provider"});
    return facts;
  }
};
