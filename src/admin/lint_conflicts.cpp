// check_conflicts: entries and rules that other rules make useless.

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

namespace {

std::string place(const lists::RuleBook& book, lists::Where where) {
  return fmt::format("{}:{}", book.files.at(where.file), where.line);
}

/// The allow entries, to find what they have or hold.
class Allowed {
 public:
  explicit Allowed(const lists::RuleBook& book) {
    for (const auto& entry : book.entries) {
      // These allow less than they deny: confirmed names, whole descriptions.
      if (entry.field == Field::rev_host || entry.field == Field::as_dscr) continue;
      if (entry.action == Action::deny) continue;
      places_.try_emplace({entry.field, entry.value}, entry.where);
      if (entry.field == Field::ip_net) prefixes_.insert(network_of(entry.value).prefix());
    }
  }

  /// The entry that has a value, or the network around it; null where there is none.
  [[nodiscard]] const lists::Where* find(const lists::Entry& entry) const {
    if (entry.field != Field::ip_net) return find(entry.field, entry.value);
    const auto network = network_of(entry.value);
    for (const auto prefix : prefixes_) {
      if (prefix > network.prefix()) break;
      const auto* found = find(Field::ip_net, net::Network{network.base(), prefix}.str());
      if (found != nullptr) return found;
    }
    return nullptr;
  }

 private:
  static net::Network network_of(std::string_view canonical) {
    return net::Network::parse(canonical).value();
  }
  [[nodiscard]] const lists::Where* find(Field field, std::string_view value) const {
    const auto found = places_.find({field, value});
    return found == places_.end() ? nullptr : &found->second;
  }

  std::map<std::pair<Field, std::string_view>, lists::Where> places_;
  std::set<unsigned> prefixes_;
};

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
  const auto named = [&](const lists::NameFile& file) {
    return std::ranges::find(negated.names, file) != negated.names.end();
  };
  return std::ranges::all_of(positive.names, named) && std::ranges::all_of(positive.values, inside);
}

bool contradicts_itself(const lists::ClientRule& rule) {
  return std::ranges::any_of(rule.clauses, [&](const lists::Clause& positive) {
    return !positive.negated && std::ranges::any_of(rule.clauses, [&](const lists::Clause& other) {
      return other.negated && other.field == positive.field && excludes(positive, other);
    });
  });
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
  std::ranges::stable_sort(sorted, {}, key);
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

void check_repeated(Lint& lint) {
  constexpr std::size_t most_told = 10'000;
  const auto& entries = lint.book.entries;
  std::set<std::pair<std::uint32_t, std::uint32_t>> told;
  for (const auto& [again, first] : repeated_entries(entries)) {
    const auto [file, line] = entries[again].where;
    const auto before = entries[first].where;
    if (before.file == file && before.line == line) continue;
    if (told.size() == most_told) {
      return lint.say(Severity::note, {file, 0},
                      "more entries stand there already; they are not named");
    }
    // Of a range that is there twice one part is enough.
    if (!told.emplace(file, line).second) continue;
    lint.say(
        Severity::note, {file, line},
        fmt::format("'{}' stands in {} already", entries[again].value, place(lint.book, before)));
  }
}

}  // namespace

void check_conflicts(Lint& lint) {
  const Allowed allowed(lint.book);
  for (const auto& entry : lint.book.entries) {
    const auto* allows = entry.action == Action::deny ? allowed.find(entry) : nullptr;
    if (allows == nullptr) continue;
    lint.say(
        Severity::warning, entry.where,
        fmt::format("'{}' never refuses: {} lets it in", entry.value, place(lint.book, *allows)));
  }
  check_repeated(lint);
  for (const auto& rule : lint.book.client_rules) {
    if (!contradicts_itself(rule)) continue;
    lint.say(Severity::error, rule.where,
             "the rule never holds: what it wants is all excluded with !=");
  }
}

}  // namespace badclients::admin
