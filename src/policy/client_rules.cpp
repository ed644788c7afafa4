#include "policy/client_rules.hpp"

#include <algorithm>

namespace badclients::policy {

namespace {

/// Whether any value of `clause` is so, negation aside.
Truth any_value(const lists::Index& index, const lists::ClauseView& clause,
                const Subject& subject) {
  if (lists::lookup(clause.field) == lists::Lookup::network) {
    const auto& addresses = subject.addresses();
    const bool found = std::any_of(addresses.begin(), addresses.end(), [&](const auto& address) {
      return index.clause_holds(clause, address);
    });
    return found ? Truth::yes : subject.unmatched(clause.field);
  }
  if (lists::lookup(clause.field) == lists::Lookup::equal) {
    const auto& values = subject.values(clause.field);
    const bool found = std::any_of(values.begin(), values.end(), [&](const auto& value) {
      return index.clause_has(clause, value.text);
    });
    return found ? Truth::yes : subject.unmatched(clause.field);
  }
  // One value that matches is enough; else one that failed could be the one.
  Truth result = Truth::no;
  index.clause_each(clause, [&](std::string_view value) {
    const auto truth = subject.compare(clause.field, value, lists::Action::deny).truth;
    if (truth == Truth::yes || truth == Truth::failed || result == Truth::no) result = truth;
    return result != Truth::yes;
  });
  return result;
}

Truth holds(const lists::Index& index, const lists::ClauseView& clause, const Subject& subject) {
  const auto truth = any_value(index, clause, subject);
  if (!clause.negated) return truth;
  if (truth == Truth::yes) return Truth::no;
  return truth == Truth::no ? Truth::yes : truth;
}

std::vector<std::uint32_t> candidates(const lists::Index& index, const Subject& subject) {
  std::vector<std::uint32_t> rules;
  const auto add = [&](std::uint32_t rule) {
    rules.push_back(rule);
    return true;
  };
  for (const auto& address : subject.addresses()) index.anchored(address, add);
  for (std::size_t i = 0; i < lists::field_count; ++i) {
    const auto field = static_cast<lists::Field>(i);
    if (!index.has_anchors(field) || lists::lookup(field) != lists::Lookup::equal) continue;
    for (const auto& value : subject.values(field)) index.anchored(field, value.text, add);
  }
  index.unanchored(add);
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  return rules;
}

}  // namespace

std::vector<std::uint32_t> matching_client_rules(const lists::Index& index,
                                                 const Subject& subject) {
  if (!index.has_client_rules()) return {};
  auto rules = candidates(index, subject);
  std::erase_if(rules, [&](std::uint32_t rule) {
    return !index.clauses(rule, [&](const lists::ClauseView& clause) {
      return holds(index, clause, subject) == Truth::yes;
    });
  });
  return rules;
}

bool client_rule_in_doubt(const lists::Index& index, const Subject& subject) {
  for (std::uint32_t number = 0; number < index.client_rule_count(); ++number) {
    bool failed = false;
    const auto possible = [&](const lists::ClauseView& clause) {
      const auto truth = holds(index, clause, subject);
      failed |= truth == Truth::failed;
      return truth == Truth::yes || truth == Truth::failed;
    };
    const auto rule = index.client_rule(number);
    if (!rule || (rule->anchor && !possible(*rule->anchor))) continue;
    if (index.clauses(number, possible) && failed) return true;
  }
  return false;
}

}  // namespace badclients::policy
