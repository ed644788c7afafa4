#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "lists/index.hpp"
#include "net/address.hpp"

/// Asks everything there is to ask, and touches every byte of the answers.
inline std::size_t ask_everything(const badclients::lists::Index& index) {
  using namespace badclients::lists;
  using badclients::net::Address;
  std::size_t sum = 0;
  const auto touch = [&](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
    return sum != 1;
  };
  const auto hit = [&](const Hit& found) { return touch(found.where()) && touch(found.value()); };
  const auto rule = [&](std::uint32_t number) {
    const auto view = index.client_rule(number);
    if (!view) return true;
    touch(view->text);
    touch(view->where());
    touch(index.client(view->client).message);
    const auto clause = [&](const ClauseView& one) {
      sum += index.clause_holds(one, *Address::parse("10.0.0.1"));
      sum += index.clause_has(one, "pop3");
      index.clause_each(one, touch);
      return true;
    };
    index.clauses(number, clause);
    return true;
  };
  for (const auto action : {Action::deny, Action::allow}) {
    for (const auto* address : {"10.0.0.0", "10.0.3.209", "255.255.255.255", "2001:db8::1", "::"}) {
      index.networks(action, *Address::parse(address), hit);
      index.anchored(*Address::parse(address), rule);
    }
    for (std::size_t i = 0; i < field_count; ++i) {
      const auto field = static_cast<Field>(i);
      for (const auto* value : {"AS64500", "mail-ru", "pop3", "e", ""}) {
        index.equal(field, action, value, hit);
        index.anchored(field, value, rule);
      }
      const std::vector<std::string_view> values{"a.example.net", "x y", ""};
      index.candidates(field, action, values, hit);
      index.anchored(field, values, rule);
      index.each(field, action, hit);
      index.clients_each(field, touch);
    }
  }
  index.unanchored(rule);
  for (std::uint32_t i = 0; i < std::min(index.client_rule_count(), 10U); ++i) rule(i);
  return sum;
}
