// IndexBuilder: client rules.

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lists/client_rule.hpp"
#include "lists/index.hpp"
#include "lists/index_image.hpp"
#include "lists/pattern.hpp"

namespace badclients::lists::format {

namespace {

/// Fields for anchors, the one that leads to the fewest rules first.
constexpr std::array anchor_fields{Field::ip_net,
                                   Field::entity,
                                   Field::asn,
                                   Field::maxmind_geo_loc,
                                   Field::rev_host,
                                   Field::master,
                                   Field::user,
                                   Field::net_name,
                                   Field::as_dscr,
                                   Field::maxmind_as_org,
                                   Field::client_id,
                                   Field::maxmind_anonymous,
                                   Field::net_cc,
                                   Field::as_cc,
                                   Field::maxmind_geo_cc,
                                   Field::service};

/// Whether looking up a value of the clause's field can lead to the clause.
bool can_be_looked_up(const lists::Clause& clause) {
  if (clause.negated) return false;
  if (lookup(clause.field) != Lookup::pattern) return lookup(clause.field) != Lookup::each;
  return std::none_of(clause.values.begin(), clause.values.end(),
                      [](const auto& value) { return required_texts(value).empty(); });
}

/// Returns rule.clauses.end() if no clause can be looked up.
auto choose_anchor(const ClientRule& rule) {
  for (const auto field : anchor_fields) {
    const auto found = std::find_if(
        rule.clauses.begin(), rule.clauses.end(),
        [&](const auto& clause) { return clause.field == field && can_be_looked_up(clause); });
    if (found != rule.clauses.end()) return found;
  }
  return rule.clauses.end();
}

}  // namespace

void ClientTables::add(const lists::Client& client, Texts& texts) {
  clients.push_back({texts.add(client.id), texts.add(client.name), texts.add(client.vendor),
                     texts.add(client.about), texts.add(client.message),
                     static_cast<std::uint32_t>(client.mode)});
}

void ClientTables::add(const ClientRule& rule, Texts& texts) {
  if (clauses.size() + rule.clauses.size() >= other_clause) {
    throw std::length_error("client rules of more than 2 billion clauses");
  }
  const auto number = static_cast<std::uint32_t>(rules.size());
  const auto place = [this] { return static_cast<std::uint32_t>(clauses.size()); };
  const auto first = place();
  const auto anchor = choose_anchor(rule);
  if (anchor == rule.clauses.end()) {
    unanchored.push_back(number);
  } else {
    const auto leads_here = [this](Field field) {
      anchored |= std::uint64_t{1} << static_cast<unsigned>(field);
    };
    if (anchor->names.empty() || !anchor->values.empty()) leads_here(anchor->field);
    if (!anchor->names.empty()) leads_here(Field::user_name);
    add(*anchor, first, number, texts);
  }
  // Clauses whose values have to be tried one by one come last.
  for (const bool each : {false, true}) {
    for (auto clause = rule.clauses.begin(); clause != rule.clauses.end(); ++clause) {
      const bool one_by_one =
          lookup(clause->field) == Lookup::pattern || lookup(clause->field) == Lookup::each;
      if (clause != anchor && one_by_one == each) {
        add(*clause, other_clause + place(), number, texts);
      }
    }
  }
  rules.push_back({rule.client,
                   {rule.where.file, rule.where.line},
                   texts.add(rule_text(rule)),
                   {first, place() - first}});
}

void ClientTables::add(const lists::Clause& clause, std::uint32_t id, std::uint32_t rule,
                       Texts& texts) {
  const auto& entries = parts.entries[static_cast<std::size_t>(clause.field)];
  const auto first = static_cast<std::uint32_t>(entries.size());
  for (const auto& value : clause.values) {
    if (lookup(clause.field) == Lookup::network) {
      parts.add(network_from(value), 0, id + 1);
    } else {
      parts.add(clause.field, value, {id, 1}, texts);
    }
  }
  for (const auto& file : clause.files) {
    for (const auto& network : *file) parts.add(network, 0, id + 1);
  }
  for (const auto& file : clause.names) {
    for (const auto& one : file->names) parts.add(Field::user_name, one, {id, 1}, texts);
  }
  clauses.push_back({static_cast<std::uint32_t>(clause.field) + 1,
                     clause.negated ? 1U : 0U,
                     id,
                     rule,
                     {first, static_cast<std::uint32_t>(entries.size()) - first}});
}

void ClientTables::place_entries(const std::array<Range, field_count>& fields) {
  for (auto& clause : clauses) clause.entries.first += fields[clause.field - 1].first;
}

std::string rule_text(const ClientRule& rule) {
  constexpr std::size_t shown = 8;  // of 100,000 networks
  std::string text;
  for (const auto& clause : rule.clauses) {
    const auto words = fmt::format("{}{}", name(clause.field), clause.negated ? "!=" : "=");
    std::size_t count = 0;
    const auto show = [&](const auto& value) {
      if (++count > shown) return;
      text += fmt::format("{}{}{}", text.empty() ? "" : " ", words, quoted_value(value()));
    };
    for (const auto& value : clause.values) show([&] { return value; });
    for (const auto& file : clause.files) {
      for (const auto& network : *file) show([&] { return network.str(); });
    }
    for (const auto& file : clause.names) show([&] { return '@' + file->path; });
    if (count > shown) text += fmt::format(" {}... ({} more)", words, count - shown);
  }
  return text;
}

}  // namespace badclients::lists::format
