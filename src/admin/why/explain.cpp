#include <fmt/format.h>

#include <algorithm>

#include "admin/replay/rebuild.hpp"
#include "admin/why/why.hpp"
#include "authpolicy/answer.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "door/text.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"

namespace badclients::admin::why {

namespace {

using lists::Action;
using lists::Field;

/// The text of "FILE:LINE", below `list_path` where it is relative.
std::string text_of_rule(const std::string& rule, const std::string& list_path) {
  const auto colon = rule.rfind(':');
  if (colon == std::string::npos) return {};
  const auto number = base::number<std::uint32_t>(std::string_view(rule).substr(colon + 1));
  const auto file = rule.substr(0, colon);
  const auto text = lists::read_file(file.starts_with('/') ? file : list_path + "/" + file);
  if (!number || !text) return {};
  lists::LineReader lines{std::string_view(*text)};
  while (const auto line = lines.next()) {
    if (line->number == *number) return std::string(base::trimmed(line->text));
  }
  return {};
}

/// As the rule says it; by the client's name where its file is not there any more.
std::string id_of_client(const logs::Login& login, const Inventory& clients) {
  if (login.client.empty()) return {};
  const std::string id{id_in_rule(login.rule)};
  if (clients.find(id) != nullptr) return id;
  const auto named = std::ranges::find_if(
      clients.clients, [&](const ClientFile& file) { return file.client.name == login.client; });
  return named == clients.clients.end() ? id : named->client.id;
}

void tell(Explanation& all, const config::Config& config, const Inventory& clients) {
  const auto& login = all.login;
  if (login.outcome != logs::Outcome::blocked) return;
  const auto* client = clients.find(all.client_id);
  const auto message = client != nullptr ? client->client.message : std::string();
  all.told_by_policy = authpolicy::text_for_user(message, config.general);
  const auto& services = config.general.deny_message_services;
  if (std::find(services.begin(), services.end(), base::lowered(login.service)) != services.end()) {
    all.told_by_checkpassword =
        door::one_line(message.empty() ? config.general.deny_message : message);
  }
}

/// On a line of its own, as it has to stand in the list.
std::string add_line(std::string_view whom, const std::string& list, std::string_view line) {
  return fmt::format("for {} alone, add this line to {}:\n{}", whom, list, line);
}

void find_remedies(Explanation& all, const std::string& list_path) {
  const auto& login = all.login;
  auto& remedies = all.remedies;
  if (login.outcome == logs::Outcome::undecided || login.matched == "on_error") {
    remedies.emplace_back(
        "general/on_error = allow lets in whom nothing known refuses; 'badclientsctl cache "
        "servers' "
        "and 'badclientsctl lint' tell what keeps the look-ups from working");
    return;
  }
  if (!speaks_against(login.outcome)) return;
  if (login.matched == "service") {
    remedies.push_back(fmt::format("take '{}' out of general/disabled_services", login.service));
    return;
  }
  if (!all.client_id.empty()) {
    remedies.push_back(fmt::format("for every user of {}: badclientsctl clients disable {}",
                                   login.client, all.client_id));
  } else if (!login.rule.empty()) {
    remedies.push_back(
        fmt::format("for everybody whom it hits: take {} out of the list",
                    all.rule_text.empty() ? "the rule " + login.rule : "line " + login.rule));
  }
  if (!login.user.empty() && !was_cut(login, "user")) {
    // A quote before it: the name, and no pattern.
    remedies.push_back(add_line("this user", list_path + "/user.allow.lst", "'" + login.user));
  }
  if (!login.ip.empty()) {
    remedies.push_back(add_line("this address", list_path + "/ip_net.allow.lst", login.ip));
  }
}

}  // namespace

Explanation explain(const logs::Login& login, const replay::Rules& rules,
                    const config::Config& config, const Inventory& clients) {
  Explanation all;
  all.login = login;
  all.rule_text = text_of_rule(login.rule, config.general.list_path);
  all.client_id = id_of_client(login, clients);
  tell(all, config, clients);
  find_remedies(all, config.general.list_path);

  const auto rebuilt = replay::rebuild(login, config);
  lists::PatternMatcher matcher;
  const verdict::Decider decider(rules.index(), config, matcher);
  all.verdict_today = decider.decide(rebuilt.login, rebuilt.facts);
  const bool by_scope =
      verdict::before_lists(rebuilt.login, config).waits == verdict::Waits::for_nothing;
  if (by_scope) return all;
  all.today = decider.explain(rebuilt.login, rebuilt.facts);
  const verdict::Subject subject(rebuilt.login, rebuilt.facts, matcher);
  for (std::size_t i = 0; i < lists::field_count; ++i) {
    const auto field = static_cast<Field>(i);
    const bool looked_at = rules.index().has(field, Action::deny) ||
                           rules.index().has(field, Action::allow) ||
                           rules.index().clients_look_at(field);
    if (looked_at && replay::is_untold(rules.index(), login, subject, field, Action::deny)) {
      all.untold.emplace_back(lists::name(field));
    }
  }
  return all;
}

}  // namespace badclients::admin::why
