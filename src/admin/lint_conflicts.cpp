// find_conflicts: rules that other rules make useless.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "admin/lint.hpp"
#include "net/network.hpp"

namespace badclients::admin {

using lists::Action;
using lists::Field;
using Severity = config::Problem::Severity;

namespace {

using Key = std::pair<Field, std::string_view>;
using Places = std::map<Key, lists::Where>;

Places allow_entries(const lists::RuleBook& book) {
  Places places;
  for (const auto& entry : book.entries) {
    // These allow less than they deny: confirmed names, whole descriptions.
    if (entry.field == Field::rev_host || entry.field == Field::as_dscr) continue;
    if (entry.action == Action::allow) {
      places.try_emplace({entry.field, entry.value}, entry.where);
    }
  }
  return places;
}

/// The allow entry that has a network or one around it; null where there is none.
const lists::Where* around(const std::string& value, const Places& allowed,
                           const std::set<unsigned>& prefixes) {
  const auto network = net::Network::parse(value);
  if (!network) return nullptr;
  for (const auto prefix : prefixes) {
    if (prefix > network->prefix()) break;
    const auto wider = net::Network{network->base(), prefix}.str();
    const auto found = allowed.find({Field::ip_net, wider});
    if (found != allowed.end()) return &found->second;
  }
  return nullptr;
}

/// Whether every value of `positive` is one of `negated`, so that no login has one and not the
/// other.
bool excludes(const lists::Clause& positive, const lists::Clause& negated) {
  const auto inside = [&](const std::string& value) {
    return std::ranges::any_of(negated.values, [&](const std::string& other) {
      if (other == value) return true;
      if (positive.field != Field::ip_net) return false;
      const auto inner = net::Network::parse(value), outer = net::Network::parse(other);
      return inner && outer && outer->contains(*inner);
    });
  };
  // A data file has too many to compare them all with all.
  constexpr std::size_t many = 1000;
  if (positive.values.size() > many || negated.values.size() > many) return false;
  return std::ranges::all_of(positive.values, inside);
}

bool contradicts_itself(const lists::ClientRule& rule) {
  return std::ranges::any_of(rule.clauses, [&](const lists::Clause& positive) {
    return !positive.negated && std::ranges::any_of(rule.clauses, [&](const lists::Clause& other) {
      return other.negated && other.field == positive.field && excludes(positive, other);
    });
  });
}

std::string place(const lists::RuleBook& book, lists::Where where) {
  return fmt::format("{}:{}", book.files.at(where.file), where.line);
}

/// Entries that stand there before, in the order of reading, each with the first of its kind.
std::vector<std::pair<std::uint32_t, std::uint32_t>> repeated_entries(
    const std::vector<lists::Entry>& entries) {
  const auto key = [&](std::uint32_t i) {
    return std::tie(entries[i].field, entries[i].action, entries[i].value);
  };
  // Of millions of entries a map would take more memory than the entries.
  std::vector<std::uint32_t> sorted(entries.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::ranges::sort(sorted, [&](auto a, auto b) {
    return std::make_pair(key(a), a) < std::make_pair(key(b), b);
  });
  std::vector<std::pair<std::uint32_t, std::uint32_t>> repeated;
  for (std::size_t i = 1, first = 0; i < sorted.size(); ++i) {
    if (key(sorted[i]) == key(sorted[first])) {
      repeated.emplace_back(sorted[i], sorted[first]);
    } else {
      first = i;
    }
  }
  std::ranges::sort(repeated);
  return repeated;
}

void add_repeated(const lists::RuleBook& book, std::vector<Conflict>& conflicts) {
  constexpr std::size_t most_told = 10'000;
  const auto same_line = [](lists::Where a, lists::Where b) {
    return a.file == b.file && a.line == b.line;
  };
  std::size_t told = 0;
  for (const auto& [again, first] : repeated_entries(book.entries)) {
    const auto& entry = book.entries[again];
    const auto& where = book.entries[first].where;
    if (same_line(where, entry.where)) continue;
    // Of a range that is there twice one part is enough.
    if (!conflicts.empty() && same_line(conflicts.back().where, entry.where)) continue;
    if (told++ == most_told) {
      conflicts.push_back({Severity::note,
                           {entry.where.file, 0},
                           "more entries stand there already; they are not named"});
      return;
    }
    conflicts.push_back(
        {Severity::note, entry.where,
         fmt::format("'{}' stands in {} already", entry.value, place(book, where))});
  }
}

}  // namespace

std::vector<Conflict> find_conflicts(const lists::RuleBook& book) {
  std::vector<Conflict> conflicts;
  const auto allowed = allow_entries(book);
  std::set<unsigned> prefixes;
  for (const auto& [key, where] : allowed) {
    if (key.first != Field::ip_net) continue;
    if (const auto network = net::Network::parse(key.second)) prefixes.insert(network->prefix());
  }
  for (const auto& entry : book.entries) {
    if (entry.action == Action::allow) continue;
    const auto same = allowed.find({entry.field, entry.value});
    const auto* allows = same != allowed.end() ? &same->second : nullptr;
    if (entry.field == Field::ip_net) allows = around(entry.value, allowed, prefixes);
    if (allows == nullptr) continue;
    conflicts.push_back(
        {Severity::warning, entry.where,
         fmt::format("'{}' never refuses: {} lets it in", entry.value, place(book, *allows))});
  }
  add_repeated(book, conflicts);
  for (const auto& rule : book.client_rules) {
    if (!contradicts_itself(rule)) continue;
    conflicts.push_back({Severity::error, rule.where,
                         "the rule never holds: what it wants is all excluded with !="});
  }
  return conflicts;
}

}  // namespace badclients::admin
