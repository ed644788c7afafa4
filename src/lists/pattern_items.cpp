#include "lists/pattern_items.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "lists/text.hpp"

namespace badclients::lists {

namespace {

constexpr auto saturated = std::numeric_limits<std::uint64_t>::max();

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > saturated / b ? saturated : a * b;
}

/// The one character that a set has, a letter in lower case; also where it has both cases of one.
std::optional<char> only_character(const std::bitset<256>& set) {
  if (set.none() || set.count() > 2) return std::nullopt;
  std::optional<char> found;
  for (std::size_t c = 0; c < set.size(); ++c) {
    if (!set[c]) continue;
    const char folded = lower(static_cast<char>(c));
    if (found && *found != folded) return std::nullopt;
    found = folded;
  }
  return found;
}

}  // namespace

PatternCost PatternCost::at_most(std::string_view pattern) {
  PatternCost cost;
  cost.items = pattern.size();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' || c == '+' || c == '-') ++cost.repeats;
    if (c == '?') ++cost.optionals;
    if (i > 0 && pattern[i - 1] == '%' && (c == 'b' || (c >= '0' && c <= '9'))) ++cost.scans;
  }
  return cost;
}

// With k repeats there are at most C(length + k, k) ways to share the value among them, each `?`
// doubles that, and each way takes a step per item.
std::uint64_t PatternCost::steps(std::size_t length) const {
  std::uint64_t result = items + 1;
  for (std::size_t k = 1; k <= repeats && result != saturated; ++k) {
    // C(n + k, k) = C(n + k - 1, k - 1) * (n + k) / k, rounded up
    result = multiply(result, length + k);
    if (result != saturated) result = result / k + 1;
  }
  for (std::size_t i = 0; i < optionals && result != saturated; ++i) result = multiply(result, 2);
  for (std::size_t i = 0; i < scans; ++i) result = multiply(result, length + 1);
  return result;
}

PatternCost PatternItems::cost() const {
  PatternCost cost;
  cost.items = items_.size();
  for (const auto& item : items_) {
    switch (item.kind) {
      case Kind::any_number:
      case Kind::one_or_more:
        ++cost.repeats;
        break;
      case Kind::optional:
        ++cost.optionals;
        break;
      case Kind::balance:
      case Kind::back:
        ++cost.scans;
        break;
      case Kind::single:
      case Kind::frontier:
        break;
    }
  }
  return cost;
}

bool PatternItems::has_back_reference() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Item& item) { return item.kind == Kind::back; });
}

bool PatternItems::matches_anything() const {
  std::size_t required = 0;
  bool unbounded = false;
  for (const auto& item : items_) {
    const bool open = item.kind == Kind::any_number || item.kind == Kind::one_or_more;
    const bool character = open || item.kind == Kind::single || item.kind == Kind::optional;
    if (!character || !item.set.all()) return false;
    required += item.kind == Kind::single || item.kind == Kind::one_or_more ? 1 : 0;
    unbounded |= open;
  }
  return unbounded && required <= 1;
}

char PatternItems::hyphen_taken_for_repeat() const {
  for (const auto& item : items_) {
    if (item.lazy && std::isalnum(static_cast<unsigned char>(item.plain)) != 0) return item.plain;
  }
  return 0;
}

std::vector<std::string> PatternItems::required_texts() const {
  std::vector<std::string> texts;
  std::string text;
  const auto end_text = [&] {
    if (!text.empty()) texts.push_back(std::exchange(text, {}));
  };
  for (const auto& item : items_) {
    const auto character = only_character(item.set);
    switch (item.kind) {
      case Kind::single:
        if (!character) end_text();
        if (character) text += *character;
        break;
      case Kind::one_or_more:
        // One of them adjoins what stands before, one what stands behind.
        if (character) text += *character;
        end_text();
        if (character) text += *character;
        break;
      case Kind::balance:
        text += lower(item.open);
        end_text();
        text += lower(item.close);
        break;
      case Kind::frontier:
        break;  // takes no character
      case Kind::optional:
      case Kind::any_number:
      case Kind::back:
        end_text();
        break;
    }
  }
  end_text();
  return texts;
}

bool PatternItems::may_consist_of(const Characters& characters) const {
  const auto has = [&](char c) { return characters[static_cast<unsigned char>(c)]; };
  return std::all_of(items_.begin(), items_.end(), [&](const Item& item) {
    if (item.kind == Kind::balance) return has(item.open) && has(item.close);
    const bool required = item.kind == Kind::single || item.kind == Kind::one_or_more;
    return !required || (item.set & characters).any();
  });
}

/// Whether the outermost character, seen from `begin`, may be one of `characters`.
template <class Iterator>
bool PatternItems::may_touch(Iterator begin, Iterator end, const Characters& characters,
                             char Item::*edge) {
  for (; begin != end; ++begin) {
    const auto& item = *begin;
    if (item.kind == Kind::back) return true;
    if (item.kind == Kind::frontier) continue;
    if (item.kind == Kind::balance) return characters[static_cast<unsigned char>(item.*edge)];
    if ((item.set & characters).any()) return true;
    if (item.kind == Kind::single || item.kind == Kind::one_or_more) return false;
  }
  return false;
}

bool PatternItems::may_begin_with(const Characters& characters) const {
  return may_touch(items_.begin(), items_.end(), characters, &Item::open);
}

bool PatternItems::may_end_with(const Characters& characters) const {
  return may_touch(items_.rbegin(), items_.rend(), characters, &Item::close);
}

// Item by item: the set of places in the value where the items so far can end. What backtracking
// explores one way after the other is here explored at once.
bool PatternItems::matches(std::string_view value) const {
  const auto size = value.size();
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned char>(at < size ? value[at] : '\0');
  };
  const auto balanced_end = [&](std::size_t at, const Item& item) {
    if (at >= size || value[at] != item.open) return std::string_view::npos;
    std::size_t depth = 1;
    while (++at < size) {
      if (value[at] == item.close) {
        if (--depth == 0) return at + 1;
      } else if (value[at] == item.open) {
        ++depth;
      }
    }
    return std::string_view::npos;
  };

  std::vector<bool> here(size + 1), next(size + 1);
  here[0] = true;
  for (const auto& item : items_) {
    std::fill(next.begin(), next.end(), false);
    for (std::size_t at = 0; at <= size; ++at) {
      const bool fits = at < size && item.set[byte(at)];
      switch (item.kind) {
        case Kind::single:
          if (here[at] && fits) next[at + 1] = true;
          break;
        case Kind::optional:
          if (here[at]) next[at] = true;
          if (here[at] && fits) next[at + 1] = true;
          break;
        case Kind::any_number:
          if (here[at]) next[at] = true;
          if (next[at] && fits) next[at + 1] = true;
          break;
        case Kind::one_or_more:
          if ((here[at] || next[at]) && fits) next[at + 1] = true;
          break;
        case Kind::balance:
          if (!here[at]) break;
          if (const auto end = balanced_end(at, item); end != std::string_view::npos) {
            next[end] = true;
          }
          break;
        case Kind::frontier:
          if (here[at] && !item.set[at == 0 ? 0 : byte(at - 1)] && item.set[byte(at)]) {
            next[at] = true;
          }
          break;
        case Kind::back:
          break;
      }
    }
    std::swap(here, next);
  }
  return here[size];
}

}  // namespace badclients::lists
