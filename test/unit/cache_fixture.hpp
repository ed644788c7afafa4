#pragma once

#include <string>

#include "cache/cache.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

/// What the tests of the cache share: a folder, a clock, settings, and facts to put in.
struct CacheFixture {
  using Seconds = std::chrono::seconds;

  TempFolder folder;
  badclients::config::Config::Cache settings;
  badclients::facts::Time now{Seconds{1'700'000'000}};

  /// For those who write, longer than twenty of them need.
  static constexpr std::chrono::milliseconds patience{500};

  static badclients::net::Address address(const std::string& text) {
    return badclients::net::Address::parse(text).value();
  }

  static badclients::facts::Wanted everything() { return {true, true, true, true, true, {}}; }

  template <class T>
  badclients::facts::Fact<T> asked(T value, Seconds ttl = std::chrono::hours{24 * 30}) const {
    return {badclients::facts::Knowledge::known,
            badclients::facts::Provenance::asked,
            std::move(value),
            "test",
            {},
            now,
            now + ttl};
  }
  template <class T>
  badclients::facts::Fact<T> failure(std::string trouble, Seconds ttl = Seconds{0}) const {
    return {badclients::facts::Knowledge::failed,
            badclients::facts::Provenance::asked,
            {},
            "test",
            std::move(trouble),
            now,
            now + ttl};
  }

  badclients::cache::Cache open() const {
    auto cache = badclients::cache::Cache::open(folder.path(), settings, patience);
    INFO((cache ? "" : cache.error()));
    REQUIRE(cache);
    return std::move(*cache);
  }

  void store(const std::string& about, const badclients::facts::Facts& facts) const {
    auto cache = open();
    const auto stored = cache.store(address(about), facts, patience);
    INFO((stored ? "" : stored.error()));
    REQUIRE(stored);
  }

  badclients::facts::Facts read(const std::string& about,
                                const badclients::facts::Wanted& wanted = everything()) const {
    auto cache = open();
    badclients::facts::Facts facts;
    const auto read = cache.read(address(about), wanted, facts, now);
    INFO((read ? "" : read.error()));
    REQUIRE(read);
    return facts;
  }

  /// A registration that names itself after `name`, of the network `first` to `last`.
  badclients::facts::Facts registration(const std::string& name, const std::string& first,
                                        const std::string& last) const {
    badclients::facts::Facts facts;
    facts.registration = asked(badclients::facts::Registration{
        name, "DE", {"ENTITY"}, std::pair{address(first), address(last)}});
    return facts;
  }

  /// The same for one that serves provisionally.
  std::string provisional(const std::string& about) const {
    const auto facts = read(about);
    return facts.provisional.registration.known() ? facts.provisional.registration.value.name : "-";
  }

  /// The name of the registration that is remembered; "-" where none is.
  std::string registered(const std::string& about) const {
    const auto facts = read(about);
    return facts.registration.known() ? facts.registration.value.name : "-";
  }
};
