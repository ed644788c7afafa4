#include "verdict/list_rules.hpp"

#include <algorithm>
#include <array>

namespace badclients::verdict {

using lists::Action;
using lists::Field;

namespace {

/// The order of deciding. `user` exists in allow lists only.
constexpr std::array order{Field::user,
                           Field::user_name,
                           Field::ip_net,
                           Field::rev_host,
                           Field::asn,
                           Field::as_cc,
                           Field::as_dscr,
                           Field::net_cc,
                           Field::net_name,
                           Field::entity,
                           Field::dnsbl,
                           Field::client_id,
                           Field::maxmind_as_org,
                           Field::maxmind_geo_loc,
                           Field::maxmind_geo_cc,
                           Field::maxmind_coords,
                           Field::maxmind_anonymous};

/// False where `found` had enough.
bool match_field(const lists::Index& index, Field field, Action action, const Subject& subject,
                 const FoundRule& found) {
  bool more = true;
  const auto report = [&](const lists::Hit& hit, const Reason& reason) {
    return more = found(hit, reason);
  };
  // A provisional answer exempts nobody.
  const bool proof = action == Action::allow;
  const auto try_one = [&](const lists::Hit& hit) {
    const auto finding = subject.compare(field, hit.text, action);
    if (finding.truth != Truth::yes || (proof && finding.provisional)) return true;
    return report(hit, finding.reason);
  };
  switch (lists::lookup(field)) {
    case lists::Lookup::network:
      for (const auto& address : subject.addresses()) {
        if (!more) break;
        index.networks(action, address, [&](const auto& hit) { return report(hit, {"ip_net"}); });
      }
      break;
    case lists::Lookup::equal:
      for (const auto& value : subject.values(field, action)) {
        if (!more) break;
        if (proof && value.provisional) continue;
        index.equal(field, action, value.text,
                    [&](const auto& hit) { return report(hit, value.reason); });
      }
      break;
    case lists::Lookup::pattern:
      index.candidates(field, action, views(subject.values(field, action)), try_one);
      break;
    case lists::Lookup::each:
      index.each(field, action, try_one);
      break;
  }
  return more;
}

/// Whether a fact failed that entries of the list look at, or a pattern of it was too much work.
bool in_doubt(const lists::Index& index, Field field, Action action, const Subject& subject) {
  if (!index.has(field, action)) return false;
  if (field != Field::dnsbl && subject.unmatched(field) == Truth::failed) return true;
  bool found = false;
  const auto try_one = [&](const lists::Hit& hit) {
    found = subject.compare(field, hit.text, action).truth == Truth::failed;
    return !found;
  };
  if (field == Field::entity) {
    found = index.names_persons(action) && subject.unmatched_person() == Truth::failed;
  } else if (field == Field::dnsbl) {
    index.each(field, action, try_one);
  } else if (subject.gave_up()) {
    index.candidates(field, action, views(subject.values(field, action)), try_one);
  }
  return found;
}

}  // namespace

void matching_list_rules(const lists::Index& index, Action action, const Subject& subject,
                         const FoundRule& found) {
  for (const auto field : order) {
    if (index.has(field, action) && !match_field(index, field, action, subject, found)) return;
  }
}

bool deny_list_in_doubt(const lists::Index& index, const Subject& subject) {
  return std::any_of(order.begin(), order.end(),
                     [&](Field field) { return in_doubt(index, field, Action::deny, subject); });
}

std::vector<std::string> lists_in_doubt(const lists::Index& index, Action action,
                                        const Subject& subject) {
  std::vector<std::string> lists;
  for (const auto field : order) {
    if (!in_doubt(index, field, action, subject)) continue;
    lists.push_back(std::string(lists::name(field)) +
                    (action == Action::deny ? ".deny" : ".allow"));
  }
  return lists;
}

bool allow_list_may_match(const lists::Index& index, const Unknown& unknown) {
  return std::any_of(order.begin(), order.end(), [&](Field field) {
    return index.has(field, Action::allow) && unknown.may_come(field);
  });
}

bool rule_may_match(const lists::Index& index, const Unknown& unknown) {
  return std::any_of(order.begin(), order.end(), [&](Field field) {
    return (index.has(field, Action::allow) || index.has(field, Action::deny) ||
            index.clients_look_at(field)) &&
           unknown.may_come(field);
  });
}

}  // namespace badclients::verdict
