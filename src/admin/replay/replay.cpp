#include "admin/replay/replay.hpp"

#include <algorithm>
#include <iterator>

#include "admin/replay/rebuild.hpp"
#include "verdict/decider.hpp"

namespace badclients::admin::replay {

namespace {

using lists::Action;
using lists::Field;

/// So many logins may come between the two lines of one.
constexpr std::size_t most_waiting = 256;

bool speaks_against(const facts::Verdict& verdict) {
  return verdict.refused() || verdict.would_block;
}

bool was_refused(const logs::Login& logged) {
  return logged.outcome == logs::Outcome::blocked;
}

void count(Hits& hits, const logs::Login& logged, const std::string& other) {
  ++hits.logins;
  if (was_refused(logged)) ++hits.refused_then;
  hits.others.insert(other);
}

}  // namespace

void Replay::add(const logs::Login& logged) {
  waiting_.push_back(logged);
  if (waiting_.size() <= most_waiting) return;
  decide(waiting_.front(), nullptr);
  waiting_.pop_front();
}

void Replay::add(const logs::Geo& geo) {
  const auto found =
      std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const logs::Login& logged) {
        return logged.user == geo.user && logged.ip == geo.ip && logged.service == geo.service;
      });
  if (found == waiting_.rend()) return;
  decide(*found, &geo);
  waiting_.erase(std::next(found).base());
}

Result Replay::finish() {
  for (const auto& logged : waiting_) decide(logged, nullptr);
  waiting_.clear();
  return std::move(result_);
}

void Replay::decide(const logs::Login& logged, const logs::Geo* geo) {
  ++result_.logins;
  if (logged.time && (!result_.first || *logged.time < *result_.first)) result_.first = logged.time;
  if (logged.time && (!result_.last || *logged.time > *result_.last)) result_.last = logged.time;
  const auto [login, facts] = rebuild(logged, config_, geo);
  lists::PatternMatcher matcher;
  const verdict::Decider decider(rules_.index(), config_, matcher);
  const auto verdict = decider.decide(login, facts);
  const bool hit = speaks_against(verdict);
  if (hit) {
    const auto& rule = verdict.rule.empty() ? verdict.matched : verdict.rule;
    ++result_.hit;
    result_.users.insert(logged.user);
    count(result_.by_rule[rule], logged, logged.user);
    count(result_.by_user[logged.user], logged, rule);
    if (!verdict.client.empty()) result_.client_of_rule[rule] = verdict.client;
  }
  if (verdict.decision == facts::Verdict::Decision::tempfail) ++result_.undecided;
  const bool by_scope = verdict::before_lists(login, config_).waits == verdict::Waits::for_nothing;
  if (!by_scope) count_untold(logged, verdict::Subject(login, facts, matcher), hit);
}

void Replay::count_untold(const logs::Login& logged, const verdict::Subject& subject, bool hit) {
  const auto& index = rules_.index();
  const auto count = [&](Untold& untold) {
    ++untold.logins;
    untold.users.insert(logged.user);
  };
  for (std::size_t i = 0; i < lists::field_count; ++i) {
    const auto field = static_cast<Field>(i);
    const std::string name{lists::name(field)};
    if (hit) {
      if (index.has(field, Action::allow) &&
          is_untold(index, logged, subject, field, Action::allow)) {
        count(result_.may_be_let_in[name + ".allow"]);
      }
      continue;
    }
    const bool listed = index.has(field, Action::deny), by_client = index.clients_look_at(field);
    if ((!listed && !by_client) || !is_untold(index, logged, subject, field, Action::deny))
      continue;
    if (listed) count(result_.may_be_hit[name + ".deny"]);
    if (by_client) count(result_.may_be_hit["client rules on " + name]);
  }
}

}  // namespace badclients::admin::replay
