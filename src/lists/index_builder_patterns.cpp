// IndexBuilder: the ways to patterns.

#include <algorithm>
#include <bit>

#include "lists/index.hpp"
#include "lists/index_image.hpp"
#include "lists/pattern.hpp"

namespace badclients::lists::format {

namespace {

constexpr std::size_t most_counters = std::size_t{1} << 22;
constexpr std::size_t bits_per_gram = 16;  // one look-up in 16 that finds nothing passes the filter
constexpr std::size_t smallest_filter = 512;

/// Calls `visit(gram)` for each place in `text` where a longest gram begins.
template <class Visit>
void each_window(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i + longest_gram <= text.size(); ++i) {
    visit(gram_text(text.data() + i, longest_gram));
  }
}

/// A whole text of at most `longest_gram` bytes.
std::uint64_t short_gram(std::string_view text) {
  std::array<char, longest_gram> padded{};
  text.copy(padded.data(), padded.size());
  return gram_text(padded.data(), longest_gram);
}

}  // namespace

void GramTables::add(std::size_t owner, OwnerSpans& spans, const OwnerParts& parts,
                     const Texts& texts) {
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    spans.gramless[i] = {static_cast<std::uint32_t>(gramless.size()), 0};
    if (lookup(field) != Lookup::pattern) continue;
    auto number = spans.entries[i].first;
    for (const auto& entry : parts.entries[i]) {
      Pattern pattern{gram_set(owner, field), number++, {}};
      pattern.texts.first = static_cast<std::uint32_t>(required_.size());
      for (const auto& text : required_texts(texts.get(entry.value))) {
        required_.push_back(texts_.add(text));
        ++pattern.texts.count;
      }
      if (pattern.texts.count != 0) {
        patterns_.push_back(pattern);
      } else {
        gramless.push_back(pattern.entry);
        ++spans.gramless[i].count;
      }
    }
  }
}

std::uint32_t& GramTables::uses(std::uint32_t set, std::uint64_t text) const {
  return uses_[gram_bit(set, text, uses_.size())];
}

void GramTables::choose(std::array<OwnerSpans, owner_count>& owners) {
  uses_.resize(std::min(std::bit_ceil(2 * texts_.bytes().size() + 1), most_counters));
  const auto each_long_gram = [&](const Pattern& pattern, auto visit) {
    for (std::uint32_t i = 0; i < pattern.texts.count; ++i) {
      each_window(texts_.get(required_[pattern.texts.first + i]), visit);
    }
  };
  for (const auto& pattern : patterns_) {
    each_long_gram(pattern, [&](std::uint64_t text) { ++uses(pattern.set, text); });
  }
  for (const auto& pattern : patterns_) {
    std::size_t length = 0;
    grams.push_back(choose(pattern, length));
    auto& lengths = owners[pattern.set / field_count].gram_lengths[pattern.set % field_count];
    lengths |= std::uint64_t{1} << (length - 1);
  }
  std::sort(grams.begin(), grams.end());
  set_filter();
}

Gram GramTables::choose(const Pattern& pattern, std::size_t& length) const {
  Gram best{pattern.set, pattern.entry, 0};
  std::uint32_t fewest = 0;
  for (std::uint32_t i = 0; i < pattern.texts.count; ++i) {
    const auto text = texts_.get(required_[pattern.texts.first + i]);
    if (text.size() < longest_gram && text.size() > length) {
      best.text = short_gram(text);
      length = text.size();
    }
    each_window(text, [&](std::uint64_t gram) {
      const auto count = uses(pattern.set, gram);
      if (length == longest_gram && count >= fewest) return;
      best.text = gram;
      length = longest_gram;
      fewest = count;
    });
  }
  return best;
}

void GramTables::set_filter() {
  if (grams.empty()) return;
  const auto bits = std::bit_ceil(std::max(bits_per_gram * grams.size(), smallest_filter));
  filter.assign(bits / 8, '\0');
  for (const auto& gram : grams) {
    const auto bit = gram_bit(gram.set, gram.text, bits);
    auto& byte = filter[bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << bit % 8);
  }
}

}  // namespace badclients::lists::format
