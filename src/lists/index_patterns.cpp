// Index: patterns that a value may match.

#include <algorithm>

#include "lists/index.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

/// Numbers of records, [first, last), of grams that a value contains.
using Found = std::vector<std::pair<std::size_t, std::size_t>>;

}  // namespace

bool Index::has_gram(std::uint32_t set, std::uint64_t text) const {
  if (gram_filter_.empty()) return false;
  const auto bit = format::gram_bit(set, text, std::uint64_t{8} * gram_filter_.size());
  return (static_cast<unsigned char>(gram_filter_[bit / 8]) & 1U << bit % 8) != 0;
}

// Each pattern has one gram, so no two grams of a value lead to the same pattern.
std::vector<std::uint32_t> Index::patterns(std::size_t owner, Field field,
                                           std::span<const std::string_view> values) const {
  const auto number = static_cast<std::size_t>(field);
  const auto& place = header_.owners[owner];
  const auto set = format::gram_set(owner, field);
  Found found;
  const auto look_up = [&](std::uint64_t text) {
    if (!has_gram(set, text)) return;
    const format::Gram wanted{set, 0, text};
    const auto first = grams_.boundary([&](const auto& gram) { return gram < wanted; });
    auto last = first;
    while (last < grams_.records.size() && grams_.records[last].set == set &&
           grams_.records[last].text == text) {
      ++last;
    }
    if (first != last) found.emplace_back(first, last);
  };
  for (const auto value : values) {
    auto lowered_value = lowered(value);
    lowered_value.append(format::longest_gram, '\0');
    for (std::size_t length = 1; length <= format::longest_gram; ++length) {
      if ((place.gram_lengths[number] & std::uint64_t{1} << (length - 1)) == 0) continue;
      for (std::size_t i = 0; i + length <= value.size(); ++i) {
        look_up(format::gram_text(lowered_value.data() + i, length));
      }
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());

  std::vector<std::uint32_t> entries;
  const auto whole = entries_.clamp(place.entries[number]);
  const auto add = [&](std::uint32_t entry) {
    if (entry < whole.first || entry >= whole.second) throw DamagedIndex();
    entries.push_back(entry);
  };
  for (const auto& [first, last] : found) {
    for (auto i = first; i < last; ++i) add(grams_.records[i].entry);
  }
  auto [i, last] = gramless_.clamp(place.gramless[number]);
  for (; i < last; ++i) add(gramless_[i]);
  std::sort(entries.begin(), entries.end());
  return entries;
}

void Index::candidates(Field field, Action action, std::span<const std::string_view> values,
                       const Visit& visit) const {
  if (!has(field, action) || lookup(field) != Lookup::pattern) return;
  for (const auto number : patterns(format::owner(action), field, values)) {
    if (!visit(hit(number))) return;
  }
}

void Index::anchored(Field field, std::span<const std::string_view> values,
                     const VisitRule& visit) const {
  if (!has_anchors(field) || lookup(field) != Lookup::pattern) return;
  for (const auto number : patterns(format::clients, field, values)) {
    const auto found = entry(number);
    if (found.place.group >= format::other_clause) continue;
    if (!visit(anchored_rule(found.place.group, field))) return;
  }
}

}  // namespace badclients::lists
