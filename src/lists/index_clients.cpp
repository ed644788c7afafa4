// Index: what it knows about client rules.

#include <fmt/format.h>

#include "lists/index.hpp"

namespace badclients::lists {

namespace {

Field field_of(std::uint32_t number) {
  if (number >= field_count) throw DamagedIndex();
  return static_cast<Field>(number);
}

}  // namespace

std::string ClientRuleView::where() const {
  return fmt::format("{}:{}", file, line);
}

std::uint32_t Index::client_rule_count() const {
  return static_cast<std::uint32_t>(rules_.size());
}

bool Index::clients_look_at(Field field) const {
  return has_entries(format::clients, field);
}

bool Index::has_anchors(Field field) const {
  return (header_.anchored & 1U << static_cast<unsigned>(field)) != 0;
}

void Index::anchored(const net::Address& address, const VisitRule& visit) const {
  if (!has_anchors(Field::ip_net)) return;
  const auto& networks = owners_[format::clients].networks;
  networks.holding(address, [&](const auto& table, auto i, auto last) {
    for (; i < last; ++i) {
      const auto clause = table[i].line - 1;
      if (clause >= format::other_clause) break;  // anchors come first
      if (!visit(anchored_rule(clause, Field::ip_net))) return false;
    }
    return true;
  });
}

void Index::anchored(Field field, std::string_view value, const VisitRule& visit) const {
  if (!has_anchors(field) || lookup(field) != Lookup::equal) return;
  each_equal(format::clients, field, value, 0, [&](const format::Equal& record) {
    return record.group < format::other_clause && visit(anchored_rule(record.group, field));
  });
}

void Index::unanchored(const VisitRule& visit) const {
  for (std::size_t i = 0; i < unanchored_.size(); ++i) {
    const auto first = rule(unanchored_[i]).clauses.first;
    if (first >= clauses_.size() || clauses_[first].id < format::other_clause) throw DamagedIndex();
    if (!visit(unanchored_[i])) return;
  }
}

format::Rule Index::rule(std::uint32_t number) const {
  if (number >= rules_.size()) throw DamagedIndex();
  const auto rule = rules_[number];
  if (rule.where.line == 0) throw DamagedIndex();
  return rule;
}

std::uint32_t Index::anchored_rule(std::uint32_t number, Field field) const {
  if (number >= clauses_.size()) throw DamagedIndex();
  const auto clause = clauses_[number];
  const auto of_clause = field == Field::user_name ? Field::user : field;
  if (clause.id != number || field_of(clause.field - 1) != of_clause) throw DamagedIndex();
  return clause.rule;
}

std::optional<ClientRuleView> Index::client_rule(std::uint32_t number) const {
  if (number >= rules_.size()) return std::nullopt;
  const auto found = rule(number);
  return ClientRuleView{found.client, file(found.where.group), found.where.line, text(found.text)};
}

bool Index::clauses(std::uint32_t number, const VisitClause& visit) const {
  const auto range = rule(number).clauses;
  auto [i, last] = clauses_.clamp(range);
  if (last == i || last - i != range.count) throw DamagedIndex();
  for (; i < last; ++i) {
    const auto clause = clauses_[i];
    const auto field = field_of(clause.field - 1);  // 0 would be no field
    if (clause.rule != number) throw DamagedIndex();
    if (!visit({field, clause.negated != 0, clause.id, clause.entries})) return false;
  }
  return true;
}

ClientView Index::client(std::uint32_t number) const {
  if (number >= clients_.size()) throw DamagedIndex();
  const auto client = clients_[number];
  const auto monitor = static_cast<std::uint32_t>(ClientMode::monitor);
  return {text(client.id),
          text(client.name),
          text(client.vendor),
          text(client.about),
          text(client.message),
          client.mode == monitor ? ClientMode::monitor : ClientMode::as_configured};
}

std::optional<net::Network> Index::clause_network(const ClauseView& clause,
                                                  const net::Address& address) const {
  const auto& networks = owners_[format::clients].networks;
  const auto line = clause.id + 1;
  std::optional<net::Network> found;
  networks.holding(address, [&](const auto& table, auto first, auto last) {
    const auto i =
        table.boundary(first, last, [&](const auto& network) { return network.line < line; });
    if (i < last && table[i].line == line) found.emplace(address, table[i].prefix());
    return !found;
  });
  return found;
}

bool Index::clause_has(const ClauseView& clause, std::string_view value) const {
  const auto field = clause.field == Field::user ? Field::user_name : clause.field;
  bool found = false;
  each_equal(format::clients, field, value, clause.id, [&](const format::Equal& record) {
    found = record.group == clause.id;
    return false;
  });
  return found;
}

void Index::clause_each(const ClauseView& clause, const VisitValue& visit) const {
  auto [i, last] = entries_.clamp(clause.entries);
  for (; i < last; ++i) {
    if (!visit(text(entry(i).value))) return;
  }
}

void Index::clients_each(Field field, const VisitValue& visit) const {
  if (lookup(field) == Lookup::network) return;
  auto [i, last] = entries(format::clients, field);
  for (; i < last; ++i) {
    if (!visit(text(entry(i).value))) return;
  }
}

void Index::clients_each(Field field, const VisitRuleValue& visit) const {
  if (lookup(field) == Lookup::network) return;
  auto [i, last] = entries(format::clients, field);
  for (; i < last; ++i) {
    const auto found = entry(i);
    const auto clause = found.place.group & ~format::other_clause;
    if (clause >= clauses_.size()) throw DamagedIndex();
    if (!visit(clauses_[clause].rule, text(found.value))) return;
  }
}

}  // namespace badclients::lists
