#include "verdict/client_rules.hpp"

#include <algorithm>
#include <optional>

#include "facts/handle.hpp"

namespace badclients::verdict {

namespace {

/// A negated clause exempts, as an allow entry does. For other fields than the AS description a
/// clause is a deny entry, negated or not: badclients-lists(5) says so.
lists::Action role_of(const lists::ClauseView& clause) {
  const bool exempts = clause.negated && clause.field == lists::Field::as_dscr;
  return exempts ? lists::Action::allow : lists::Action::deny;
}

struct ClauseTruth {
  Truth truth = Truth::no;
  bool provisional = false;  ///< `truth` rests on a provisional answer alone
};

ClauseTruth any_network(const lists::Index& index, const lists::ClauseView& clause,
                        const Subject& subject) {
  const auto& addresses = subject.addresses();
  const bool found = std::any_of(addresses.begin(), addresses.end(), [&](const auto& address) {
    return index.clause_holds(clause, address);
  });
  return {found ? Truth::yes : subject.unmatched(clause.field)};
}

/// Whether a clause on entities has a value that facts::is_left_out_by_ripe.
bool names_person(const lists::Index& index, const lists::ClauseView& clause) {
  if (clause.field != lists::Field::entity || !index.clients_name_persons()) return false;
  bool found = false;
  index.clause_each(clause, [&](std::string_view handle) {
    found = facts::is_left_out_by_ripe(handle);
    return !found;
  });
  return found;
}

ClauseTruth any_equal(const lists::Index& index, const lists::ClauseView& clause,
                      const Subject& subject) {
  ClauseTruth result{subject.unmatched(clause.field)};
  const auto field = clause.field == lists::Field::user ? lists::Field::user_name : clause.field;
  for (const auto& value : subject.values(field)) {
    if (!index.clause_has(clause, value.text)) continue;
    result = {Truth::yes, value.provisional};
    if (!value.provisional) break;
  }
  const bool left_out = result.truth == Truth::no && subject.unmatched_person() != Truth::no;
  if (left_out && names_person(index, clause)) result.truth = subject.unmatched_person();
  return result;
}

/// Whether any value of `clause` is so, negation aside.
ClauseTruth any_value(const lists::Index& index, const lists::ClauseView& clause,
                      const Subject& subject) {
  const auto how = lists::lookup(clause.field);
  if (how == lists::Lookup::network) return any_network(index, clause, subject);
  if (how == lists::Lookup::equal) return any_equal(index, clause, subject);
  // One value that matches is enough; else one that failed could be the one.
  ClauseTruth result;
  if (clause.field == lists::Field::user && index.clients_look_at(lists::Field::user_name)) {
    result = any_equal(index, clause, subject);
    if (result.truth == Truth::yes) return result;
  }
  index.clause_each(clause, [&](std::string_view value) {
    const auto found = subject.compare(clause.field, value, role_of(clause));
    const auto truth = found.truth;
    if (truth == Truth::yes || truth == Truth::failed || result.truth == Truth::no) {
      result = {truth, result.provisional || found.provisional};
    }
    return result.truth != Truth::yes;
  });
  return result;
}

/// Why the address' own fact is unknown.
Truth unknown_truth(const Subject& subject, lists::Field field) {
  return subject.unmatched(field) == Truth::failed ? Truth::failed : Truth::not_asked;
}

Truth holds(const lists::Index& index, const lists::ClauseView& clause, const Subject& subject) {
  const auto [truth, provisional] = any_value(index, clause, subject);
  if (!clause.negated) return truth;
  switch (truth) {
    case Truth::no:
      return Truth::yes;
    case Truth::yes:
      // A provisional answer exempts nobody: it is as if there were none.
      return !provisional ? Truth::no : unknown_truth(subject, clause.field);
    case Truth::not_asked:
    case Truth::failed:
      break;
  }
  // But it may speak against the login, unless what it says is too much work.
  return subject.is_provisional(clause.field) && !provisional ? Truth::yes : truth;
}

/// The AS by which a positive clause holds; 0 where it is about something else.
std::uint32_t as_of_clause(const lists::Index& index, const lists::ClauseView& clause,
                           const Subject& subject) {
  std::uint32_t asn = 0;
  if (clause.field == lists::Field::asn) {
    for (const auto& value : subject.values(clause.field)) {
      if (asn == 0 && index.clause_has(clause, value.text)) asn = value.reason.asn;
    }
  }
  if (clause.field == lists::Field::as_dscr) {
    index.clause_each(clause, [&](std::string_view entry) {
      asn = subject.compare(clause.field, entry, role_of(clause)).reason.asn;
      return asn == 0;
    });
  }
  return asn;
}

/// Whether a fact that some rule looks at could not be had, or a pattern was too much work.
bool something_failed(const lists::Index& index, const Subject& subject) {
  if (subject.gave_up()) return true;
  if (index.clients_name_persons() && subject.unmatched_person() == Truth::failed) return true;
  bool failed = false;
  index.clients_each(lists::Field::dnsbl, [&](std::string_view zone) {
    const auto found = subject.compare(lists::Field::dnsbl, zone, lists::Action::deny);
    failed = found.truth == Truth::failed;
    return !failed;
  });
  for (std::size_t i = 0; i < lists::field_count && !failed; ++i) {
    const auto field = static_cast<lists::Field>(i);
    failed = index.clients_look_at(field) && subject.unmatched(field) == Truth::failed;
  }
  return failed;
}

/// Rules that may match: those whose anchor may be so, and those without an anchor.
std::vector<std::uint32_t> candidates(const lists::Index& index, const Subject& subject) {
  std::vector<std::uint32_t> rules;
  const auto add = [&](std::uint32_t rule) {
    rules.push_back(rule);
    return true;
  };
  const auto add_for = [&](lists::Field field) {
    switch (lists::lookup(field)) {
      case lists::Lookup::network:
        for (const auto& address : subject.addresses()) index.anchored(address, add);
        break;
      case lists::Lookup::equal:
        for (const auto& value : subject.values(field)) index.anchored(field, value.text, add);
        break;
      case lists::Lookup::pattern:
        index.anchored(field, views(subject.values(field)), add);
        break;
      case lists::Lookup::each:
        break;
    }
  };
  for (std::size_t i = 0; i < lists::field_count; ++i) {
    if (const auto field = static_cast<lists::Field>(i); index.has_anchors(field)) add_for(field);
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

std::uint32_t as_of_client_rule(const lists::Index& index, std::uint32_t rule,
                                const Subject& subject) {
  std::uint32_t asn = 0;
  index.clauses(rule, [&](const lists::ClauseView& clause) {
    if (!clause.negated) asn = as_of_clause(index, clause, subject);
    return asn == 0;
  });
  return asn;
}

bool client_rule_may_look(const lists::Index& index, const Subject& subject, lists::Field field,
                          const std::function<bool(std::string_view)>& counts) {
  std::optional<std::uint32_t> last;  // values of a rule follow each other
  bool found = false;
  index.clients_each(field, [&](std::uint32_t rule, std::string_view value) {
    if (rule == last || !counts(value)) return true;
    last = rule;
    found = index.clauses(rule, [&](const lists::ClauseView& clause) {
      return holds(index, clause, subject) != Truth::no;
    });
    return !found;
  });
  return found;
}

bool client_rule_in_doubt(const lists::Index& index, const Subject& subject) {
  if (!something_failed(index, subject)) return false;
  for (std::uint32_t number = 0; number < index.client_rule_count(); ++number) {
    bool failed = false;
    const bool possible = index.clauses(number, [&](const lists::ClauseView& clause) {
      const auto truth = holds(index, clause, subject);
      failed |= truth == Truth::failed;
      return truth == Truth::yes || truth == Truth::failed;
    });
    if (possible && failed) return true;
  }
  return false;
}

}  // namespace badclients::verdict
