#include "login/decided.hpp"

#include <string>

#include "catch.hpp"
#include "list_site.hpp"

using namespace badclients;
using login::Decided;

namespace {

facts::Login login_of(const char* user, const char* address) {
  facts::Login login;
  login.user = user;
  login.service = "imap";
  login.address = net::Address::parse(address).value();
  return login;
}

std::shared_ptr<const lists::LoginRules> some_rules(const ListSite& site) {
  auto rules = lists::LoginRules::open(
      {site.lists, site.state, lists::LoginRules::Clock::now() + std::chrono::seconds{10}});
  return std::make_shared<const lists::LoginRules>(std::move(rules.value()));
}

/// Whose verdict says which one it is.
Decided::Decision decision(const char* mark) {
  Decided::Decision one{{net::Address::parse("192.0.2.1").value(), {}, 1, {}}, {}, {}, {}, {}};
  one.last.verdict.matched = mark;
  return one;
}

}  // namespace

TEST_CASE("a decision serves who says the same, by the same rules and settings", "[login]") {
  const ListSite site;
  const auto rules = some_rules(site), others = some_rules(site);
  Decided decided;
  const auto alice = login_of("alice", "192.0.2.1");
  const auto found = [&](const facts::Login& login, bool other_rules = false,
                         std::uint64_t configuration = 7) {
    const auto one = decided.find(other_rules ? others : rules, configuration, login);
    return one == nullptr ? std::string("-") : one->last.verdict.matched;
  };
  CHECK(found(alice) == "-");
  decided.begin(rules, 7, true);
  decided.keep(alice, decision("one"));
  CHECK(found(alice) == "one");
  CHECK(found(alice, true) == "-");
  CHECK(found(alice, false, 8) == "-");

  auto other = alice;
  other.session = "x";
  CHECK(found(other) == "one");
  SECTION("each of what a rule can look at counts") {
    other.user = "bob";
    CHECK(found(other) == "-");
    other = alice;
    other.master = "admin";
    CHECK(found(other) == "-");
    other = alice;
    other.service = "pop3";
    CHECK(found(other) == "-");
    other = alice;
    other.client_id = "\"name\" \"x\"";
    CHECK(found(other) == "-");
    other = alice;
    other.address = net::Address::parse("192.0.2.2").value();
    CHECK(found(other) == "-");
    other.address.reset();
    CHECK(found(other) == "-");
    decided.keep(other, decision("two"));
    CHECK(found(other) == "-");
    CHECK(found(alice) == "one");
  }
  SECTION("names do not, where no rule looks at them") {
    decided.begin(others, 7, false);
    decided.keep(alice, decision("two"));
    other.user = "bob";
    other.master = "admin";
    CHECK(found(other, true) == "two");
    CHECK(found(other) == "-");
    other.service = "pop3";
    CHECK(found(other, true) == "-");
  }
  SECTION("with other rules or settings all is forgotten") {
    decided.begin(rules, 7, true);
    CHECK(found(alice) == "one");
    decided.begin(rules, 8, true);
    CHECK(found(alice, false, 8) == "-");
    decided.keep(alice, decision("two"));
    decided.begin(others, 8, true);
    CHECK(found(alice, true, 8) == "-");
    decided.begin(rules, 8, true);
    CHECK(found(alice, false, 8) == "-");
  }
  SECTION("what is forgotten leaves the rules to others") {
    const auto before = rules.use_count();
    decided.forget();
    CHECK(rules.use_count() == before - 1);
    CHECK(found(alice) == "-");
    decided.begin(rules, 7, true);
    CHECK(found(alice) == "-");
  }
  SECTION("there are no more than so many") {
    for (std::size_t number = 1; number < Decided::most; ++number) {
      decided.keep(login_of(std::to_string(number).c_str(), "192.0.2.1"), decision("n"));
    }
    CHECK(found(alice) == "one");
    decided.keep(alice, decision("anew"));
    CHECK(found(alice) == "anew");
    CHECK(found(login_of("1", "192.0.2.1")) == "n");
    decided.keep(login_of("one more", "192.0.2.1"), decision("n"));
    CHECK(found(alice) == "-");
    CHECK(found(login_of("one more", "192.0.2.1")) == "n");
  }
}
