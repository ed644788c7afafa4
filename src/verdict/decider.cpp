#include "verdict/decider.hpp"

#include <algorithm>

#include "facts/handle.hpp"
#include "facts/kinds.hpp"
#include "lists/dnsbl_filter.hpp"
#include "verdict/client_rules.hpp"
#include "verdict/list_rules.hpp"
#include "verdict/unknown.hpp"

namespace badclients::verdict {

using facts::Verdict;
using lists::Action;
using lists::Field;
using Decision = facts::Verdict::Decision;

namespace {

std::string name_of(const lists::ClientView& client) {
  return std::string(client.name.empty() ? client.id : client.name);
}

bool in_doubt(const lists::Index& index, const Subject& subject) {
  return deny_list_in_doubt(index, subject) || client_rule_in_doubt(index, subject);
}

/// As `verdict`, but refusing nobody.
Verdict watched(Verdict verdict) {
  verdict.decision = Decision::allow;
  verdict.would_block = true;
  verdict.message.clear();
  return verdict;
}

/// Whether it refuses the login, or would in another mode.
bool speaks_against(const Verdict& verdict) {
  return verdict.refused() || verdict.would_block;
}

Verdict refuse(const config::Config& config, Reason reason, std::string rule) {
  Verdict verdict;
  verdict.decision = Decision::deny;
  verdict.matched = std::move(reason.matched);
  verdict.asn = reason.asn;
  verdict.rule = std::move(rule);
  verdict.message = config.general.deny_message;
  return verdict;
}

/// As `verdict`, in monitor mode refusing nobody.
Verdict in_mode(const config::Config& config, Verdict verdict) {
  const bool monitor = config.general.mode == config::Mode::monitor;
  return monitor && verdict.decision != Decision::allow ? watched(std::move(verdict)) : verdict;
}

/// Whether nobody asks about the address, and no list is compared.
bool unquestioned(const facts::Login& login) {
  return !login.address || login.scope.special_purpose || login.scope.ignored;
}

/// Decided by the login's scope alone.
std::optional<Verdict> exempt(const facts::Login& login, const config::Config& config) {
  if (login.scope.disabled) return in_mode(config, refuse(config, {"service"}, {}));
  if (!unquestioned(login)) return std::nullopt;
  Verdict verdict;
  if (login.address) verdict.logged = config.general.log_local && !login.scope.ignored;
  return verdict;
}

/// What `on_error` says.
Verdict by_error(const config::Config& config) {
  auto verdict = refuse(config, {"on_error"}, {});
  if (config.general.on_error != config::OnError::deny) {
    const bool allow = config.general.on_error == config::OnError::allow;
    verdict.decision = allow ? Decision::allow : Decision::tempfail;
    verdict.message.clear();
  }
  return in_mode(config, std::move(verdict));
}

}  // namespace

SoFar before_lists(const facts::Login& login, const config::Config& config) {
  auto verdict = exempt(login, config);
  if (!verdict) return {by_error(config)};
  // A disabled service that monitor mode lets in is an ordinary login for the audit line.
  const bool settled = verdict->refused() || unquestioned(login);
  return {*std::move(verdict), true, settled ? Waits::for_nothing : Waits::for_line};
}

facts::Wanted wanted_by_audit(const config::Config& config) {
  const auto& lookup = config.lookup;
  facts::Wanted wanted;
  wanted.reverse_names = lookup.reverse_dns;
  wanted.origin = wanted.as_description = !lookup.origin.empty();
  wanted.registration = !lookup.registration.empty();
  return wanted;
}

Decider::Decider(const lists::Index& index, const config::Config& config,
                 lists::PatternMatcher& matcher)
    : index_(index), config_(config), matcher_(matcher), wanted_(all_wanted()) {}

/// What the rules say, `on_error` aside.
struct Decider::Ruled {
  std::optional<Verdict> verdict;    ///< in the mode that is configured
  std::optional<Verdict> monitored;  ///< of a client in monitor mode, where nothing else speaks
};

SoFar Decider::so_far(const facts::Login& login, const facts::Facts& facts,
                      const facts::Wanted& to_come) const {
  auto known = before_lists(login, config_);
  if (known.by_rule) return known;
  auto ruled = by_rules({login, facts, matcher_});
  if (ruled.verdict) {
    // Of what is allowed by a rule, the first that spoke has won.
    const bool open = speaks_against(*ruled.verdict) && may_be_lifted(login, facts, to_come);
    const bool stands = ruled.verdict->refused() && !open;
    const auto waits = open ? Waits::for_rules : stands ? Waits::for_nothing : Waits::for_line;
    return {*std::move(ruled.verdict), true, waits};
  }
  if (config_.general.on_error != config::OnError::allow) {
    const auto without_rest = given_up(facts, to_come, config_);
    if (!in_doubt(index_, {login, without_rest, matcher_})) known.verdict = {};
  }
  const bool lets_in = known.verdict.decision == Decision::allow && !known.verdict.would_block;
  if (ruled.monitored && lets_in) known.verdict = *std::move(ruled.monitored);
  known.waits =
      rule_may_match(index_, {facts, to_come, config_}) ? Waits::for_rules : Waits::for_line;
  return known;
}

/// Whether a fact that may still come could lift what a rule says against the login.
bool Decider::may_be_lifted(const facts::Login& login, const facts::Facts& facts,
                            const facts::Wanted& to_come) const {
  return !refuses_without_provisional(login, facts, to_come) ||
         allow_list_may_match(index_, {facts, to_come, config_});
}

/// Whether what refuses is more than a provisional answer whose own may still come.
bool Decider::refuses_without_provisional(const facts::Login& login, const facts::Facts& facts,
                                          const facts::Wanted& to_come) const {
  if (!awaits_own(facts, to_come)) return true;
  const auto rest = without_provisional(facts, to_come);
  const auto ruled = by_rules({login, rest, matcher_});
  return ruled.verdict && speaks_against(*ruled.verdict);
}

Verdict Decider::decide(const facts::Login& login, const facts::Facts& facts) const {
  if (auto exempted = exempt(login, config_)) return *std::move(exempted);
  const Subject subject(login, facts, matcher_);
  auto ruled = by_rules(subject);
  if (ruled.verdict) return *std::move(ruled.verdict);
  if (config_.general.on_error != config::OnError::allow && in_doubt(index_, subject)) {
    return by_error(config_);
  }
  return ruled.monitored ? *std::move(ruled.monitored) : Verdict{};
}

Decider::Ruled Decider::by_rules(const Subject& subject) const {
  Ruled ruled;
  matching_list_rules(index_, Action::allow, subject,
                      [&](const lists::Hit& hit, const Reason& reason) {
                        ruled.verdict = Verdict{};
                        ruled.verdict->matched = reason.matched;
                        ruled.verdict->asn = reason.asn;
                        ruled.verdict->rule = hit.where();
                        return false;
                      });
  if (ruled.verdict) return ruled;
  matching_list_rules(index_, Action::deny, subject,
                      [&](const lists::Hit& hit, const Reason& reason) {
                        ruled.verdict = refuse(config_, reason, hit.where());
                        return false;
                      });
  if (!ruled.verdict) by_client(subject, ruled);
  if (ruled.verdict) ruled.verdict = in_mode(config_, *std::move(ruled.verdict));
  return ruled;
}

void Decider::by_client(const Subject& subject, Ruled& ruled) const {
  for (const auto number : matching_client_rules(index_, subject)) {
    const auto rule = index_.client_rule(number);
    if (!rule) continue;
    const auto client = index_.client(rule->client);
    auto verdict =
        refuse(config_, {"client", as_of_client_rule(index_, number, subject)}, rule->where());
    verdict.client = name_of(client);
    if (!client.message.empty()) verdict.message = client.message;
    if (client.mode != lists::ClientMode::monitor) {
      ruled.verdict = std::move(verdict);
      return;
    }
    if (!ruled.monitored) ruled.monitored = watched(std::move(verdict));
  }
}

std::vector<std::string> Decider::not_compared(const facts::Login& login, const facts::Facts& facts,
                                               const Verdict& verdict) const {
  const bool by_rule = !verdict.rule.empty();
  if (exempt(login, config_) || (by_rule && !speaks_against(verdict))) return {};
  const Subject subject(login, facts, matcher_);
  if (by_rule) return lists_in_doubt(index_, Action::allow, subject);
  auto lists = lists_in_doubt(index_, Action::deny, subject);
  if (client_rule_in_doubt(index_, subject)) lists.emplace_back("client rules");
  return lists;
}

std::vector<Match> Decider::explain(const facts::Login& login, const facts::Facts& facts) const {
  const Subject subject(login, facts, matcher_);
  std::vector<Match> matches;
  for (const auto action : {Action::allow, Action::deny}) {
    matching_list_rules(index_, action, subject, [&](const lists::Hit& hit, const Reason& reason) {
      matches.push_back({action, reason.matched, hit.where(), hit.value(), {}});
      return true;
    });
  }
  for (const auto number : matching_client_rules(index_, subject)) {
    const auto rule = index_.client_rule(number);
    if (!rule) continue;
    const auto client = index_.client(rule->client);
    std::string network;
    index_.clauses(number, [&](const lists::ClauseView& clause) {
      if (clause.field != Field::ip_net || clause.negated) return true;
      for (const auto& address : subject.addresses()) {
        const auto found = index_.clause_network(clause, address);
        if (found && network.empty()) network = found->str();
      }
      return true;
    });
    matches.push_back({Action::deny, "client", rule->where(), std::string(rule->text),
                       name_of(client), client.mode == lists::ClientMode::monitor,
                       std::move(network)});
  }
  return matches;
}

facts::Wanted Decider::all_wanted() const {
  auto wanted = wanted_by_audit(config_);
  wanted.confirmed_names = wanted.reverse_names && index_.has(Field::rev_host, Action::allow);
  const auto add = [&wanted](std::string_view entry) {
    const auto parsed = lists::DnsblEntry::parse(entry);
    if (parsed) facts::want(wanted, facts::DnsblListing{parsed->zone(), {}, {}});
    return true;
  };
  for (const auto action : {Action::allow, Action::deny}) {
    index_.each(Field::dnsbl, action, [&](const lists::Hit& hit) { return add(hit.text); });
  }
  index_.clients_each(Field::dnsbl, add);
  return wanted;
}

facts::Wanted Decider::wanted_by_rules() const {
  auto wanted = wanted_;
  wanted.reverse_names = wanted.reverse_names && any_rule_looks_at({Field::rev_host});
  wanted.as_description = wanted.as_description && any_rule_looks_at({Field::as_dscr});
  wanted.origin = wanted.origin && any_rule_looks_at({Field::asn, Field::as_cc, Field::as_dscr});
  wanted.registration =
      wanted.registration && any_rule_looks_at({Field::net_cc, Field::net_name, Field::entity});
  return wanted;
}

facts::Needed Decider::needed(const facts::Login& login, const facts::Facts& facts,
                              const facts::Wanted& of) const {
  const auto by_rules = wanted_by_rules() & of;
  facts::Needed needed;
  auto& wanted = needed.wanted;
  if (by_rules.registration) {
    auto rest = facts;
    rest.registration = rest.without_persons = rest.provisional.registration = {};
    if (so_far(login, rest).waits == Waits::for_rules) {
      wanted.registration =
          rule_may_look(login, rest, {Field::net_cc, Field::net_name, Field::entity});
      needed.persons = index_.names_persons(Action::deny) || index_.names_persons(Action::allow) ||
                       (index_.clients_name_persons() &&
                        client_rule_may_look(index_, {login, rest, matcher_}, Field::entity,
                                             facts::is_left_out_by_ripe));
    }
  }
  if (by_rules.origin || by_rules.as_description) {
    auto rest = facts;
    rest.origin = rest.provisional.origin = {};
    rest.as_descriptions.clear();
    if (so_far(login, rest).waits == Waits::for_rules) {
      wanted.as_description = rule_may_look(login, rest, {Field::as_dscr});
      wanted.origin =
          wanted.as_description || rule_may_look(login, rest, {Field::asn, Field::as_cc});
    }
  }
  return needed;
}

bool Decider::looks_at_names() const {
  return any_rule_looks_at({Field::user, Field::user_name, Field::master});
}

bool Decider::rule_may_look(const facts::Login& login, const facts::Facts& facts,
                            std::initializer_list<Field> fields) const {
  const Subject subject{login, facts, matcher_};
  const auto any_value = [](std::string_view) { return true; };
  return std::ranges::any_of(fields, [&](Field field) {
    return index_.has(field, Action::allow) || index_.has(field, Action::deny) ||
           client_rule_may_look(index_, subject, field, any_value);
  });
}

bool Decider::any_rule_looks_at(std::initializer_list<Field> fields) const {
  return std::any_of(fields.begin(), fields.end(), [this](Field field) {
    return index_.has(field, Action::allow) || index_.has(field, Action::deny) ||
           index_.clients_look_at(field);
  });
}

}  // namespace badclients::verdict
