// Index: what it knows about client rules.

#include <fmt/format.h>

#include "lists/index.hpp"

namespace badclients::lists {

namespace {

std::uint32_t bit(Field field) {
  return 1U << static_cast<unsigned>(field);
}

std::optional<Field> field_of(std::uint32_t number) {
  if (number >= field_count) return std::nullopt;
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
  return (looked_at_ & bit(field)) != 0;
}

bool Index::has_anchors(Field field) const {
  return (anchored_ & bit(field)) != 0;
}

void Index::anchored(const net::Address& address, const VisitRule& visit) const {
  if (!has_anchors(Field::ip_net)) return;
  const auto& networks = owners_[format::clients].networks;
  networks.holding(address, [&](const auto&, const auto& places, auto i, auto last) {
    for (; i < last; ++i) {
      const auto clause = places[i].group;
      if (clause >= rules_.size()) break;  // anchors stand in front
      if (!visit(clause)) return false;
    }
    return true;
  });
}

void Index::anchored(Field field, std::string_view value, const VisitRule& visit) const {
  if (!has_anchors(field) || lookup(field) != Lookup::equal) return;
  const auto& owner = owners_[format::clients];
  const auto key = format::hash(field, value);
  const auto& records = owner.equal.records;
  auto i = owner.equal.boundary([&](const format::Equal& record) { return record.key < key; });
  const auto [first, last] = entries_.clamp(owner.entries[static_cast<std::size_t>(field)]);
  for (; i < records.size(); ++i) {
    const auto record = records[i];
    if (record.key != key || record.group >= rules_.size()) return;
    if (record.entry < first || record.entry >= last) continue;
    if (text(entries_[record.entry].value) == value && !visit(record.group)) return;
  }
}

void Index::unanchored(const VisitRule& visit) const {
  for (std::size_t i = 0; i < unanchored_.size(); ++i) {
    const auto rule = unanchored_[i];
    if (rule < rules_.size() && !visit(rule)) return;
  }
}

std::optional<ClientRuleView> Index::client_rule(std::uint32_t number) const {
  if (number >= rules_.size()) return std::nullopt;
  const auto rule = rules_[number];
  ClientRuleView view{rule.client, file(rule.where.group), rule.where.line, text(rule.text), {}};
  if (rule.anchor != format::none) {
    const auto field = field_of(rule.anchor);
    if (!field) return std::nullopt;
    view.anchor = ClauseView{*field, false, number, rule.anchor_entries};
  }
  return view;
}

bool Index::clauses(std::uint32_t rule, const VisitClause& visit) const {
  if (rule >= rules_.size()) return false;
  const auto range = rules_[rule].clauses;
  auto [i, last] = clauses_.clamp(range);
  if (last - i != range.count) return false;
  for (; i < last; ++i) {
    const auto clause = clauses_[i];
    const auto field = field_of(clause.field);
    if (!field) return false;
    const auto id = static_cast<std::uint32_t>(rules_.size() + i);
    if (!visit({*field, clause.negated != 0, id, clause.entries})) return false;
  }
  return true;
}

ClientView Index::client(std::uint32_t number) const {
  if (number >= clients_.size()) return {};
  const auto client = clients_[number];
  const auto monitor = static_cast<std::uint32_t>(ClientMode::monitor);
  return {text(client.id),
          text(client.name),
          text(client.vendor),
          text(client.about),
          text(client.message),
          client.mode == monitor ? ClientMode::monitor : ClientMode::as_configured};
}

bool Index::clause_holds(const ClauseView& clause, const net::Address& address) const {
  const auto& networks = owners_[format::clients].networks;
  bool found = false;
  networks.holding(address, [&](const auto&, const auto& places, auto first, auto last) {
    const auto i = places.boundary(
        first, last, [&](const format::Place& place) { return place.group < clause.id; });
    found = i < last && places[i].group == clause.id;
    return !found;
  });
  return found;
}

bool Index::clause_has(const ClauseView& clause, std::string_view value) const {
  const auto& owner = owners_[format::clients];
  const auto key = format::hash(clause.field, value);
  const auto& records = owner.equal.records;
  auto i = owner.equal.boundary([&](const format::Equal& record) {
    return record.key < key || (record.key == key && record.group < clause.id);
  });
  for (; i < records.size(); ++i) {
    const auto record = records[i];
    if (record.key != key || record.group != clause.id) break;
    if (record.entry < entries_.size() && text(entries_[record.entry].value) == value) return true;
  }
  return false;
}

void Index::clause_each(const ClauseView& clause, const VisitValue& visit) const {
  auto [i, last] = entries_.clamp(clause.entries);
  for (; i < last; ++i) {
    if (!visit(text(entries_[i].value))) return;
  }
}

void Index::clients_each(Field field, const VisitValue& visit) const {
  if (lookup(field) == Lookup::network) return;
  const auto& owner = owners_[format::clients];
  auto [i, last] = entries_.clamp(owner.entries[static_cast<std::size_t>(field)]);
  for (; i < last; ++i) {
    if (!visit(text(entries_[i].value))) return;
  }
}

}  // namespace badclients::lists
