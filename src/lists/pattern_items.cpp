#include "lists/pattern_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>

namespace badclients::lists {

namespace {

constexpr unsigned max_captures = 32;  // LUA_MAXCAPTURES
constexpr auto saturated = std::numeric_limits<std::uint64_t>::max();

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > saturated / b ? saturated : a * b;
}

// The characters that `%letter` stands for. As in Lua, what is no class stands for itself.
std::bitset<256> escaped_class(char letter) {
  const auto of = [upper = std::isupper(static_cast<unsigned char>(letter)) != 0](auto is) {
    std::bitset<256> set;
    for (int c = 0; c < 256; ++c) set[static_cast<std::size_t>(c)] = (is(c) != 0) != upper;
    return set;
  };
  switch (std::tolower(static_cast<unsigned char>(letter))) {
    case 'a':
      return of([](int c) { return std::isalpha(c); });
    case 'c':
      return of([](int c) { return std::iscntrl(c); });
    case 'd':
      return of([](int c) { return std::isdigit(c); });
    case 'g':
      return of([](int c) { return std::isgraph(c); });
    case 'l':
      return of([](int c) { return std::islower(c); });
    case 'p':
      return of([](int c) { return std::ispunct(c); });
    case 's':
      return of([](int c) { return std::isspace(c); });
    case 'u':
      return of([](int c) { return std::isupper(c); });
    case 'w':
      return of([](int c) { return std::isalnum(c); });
    case 'x':
      return of([](int c) { return std::isxdigit(c); });
    case 'z':
      return of([](int c) { return static_cast<int>(c == 0); });
    default:
      return std::bitset<256>{}.set(static_cast<unsigned char>(letter));
  }
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

// Follows do_match, classEnd and matchbracketclass of Lua's lstrlib.c, so that both see the same
// pattern in the same text.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  tl::expected<PatternItems, std::string> run() {
    if (!text_.empty() && text_.front() == '^') at_ = 1;
    while (at_ < text_.size() && error_.empty() && !result_.anchored_end_) next();
    if (error_.empty() && !open_.empty()) error_ = "unfinished capture";
    if (!error_.empty()) return tl::unexpected(error_);
    return result_;
  }

 private:
  using Item = PatternItems::Item;
  using Kind = PatternItems::Kind;

  [[nodiscard]] bool at_end(std::size_t at) const { return at >= text_.size(); }

  void next() {
    switch (text_[at_]) {
      case '(':
        return capture_start();
      case ')':
        return capture_end();
      case '$':
        if (at_ + 1 != text_.size()) return single();
        result_.anchored_end_ = true;
        return;
      case '%':
        if (at_end(at_ + 1)) return single();
        if (text_[at_ + 1] == 'b') return balance();
        if (text_[at_ + 1] == 'f') return frontier();
        if (std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0) return back_reference();
        return single();
      default:
        return single();
    }
  }

  void capture_start() {
    const bool position = !at_end(at_ + 1) && text_[at_ + 1] == ')';
    if (++captures_ > max_captures) {
      error_ = "too many captures";
      return;
    }
    closed_.push_back(position);
    if (!position) open_.push_back(captures_);
    at_ += position ? 2 : 1;
  }

  void capture_end() {
    if (open_.empty()) {
      error_ = "invalid pattern capture";
      return;
    }
    closed_[open_.back() - 1] = true;
    open_.pop_back();
    ++at_;
  }

  void balance() {
    if (at_end(at_ + 3)) {
      error_ = "malformed pattern (missing arguments to '%b')";
      return;
    }
    Item item;
    item.kind = Kind::balance;
    item.open = text_[at_ + 2];
    item.close = text_[at_ + 3];
    result_.items_.push_back(item);
    at_ += 4;
  }

  void frontier() {
    at_ += 2;
    if (at_end(at_) || text_[at_] != '[') {
      error_ = "missing '[' after '%f' in pattern";
      return;
    }
    Item item = set();
    item.kind = Kind::frontier;
    result_.items_.push_back(item);
  }

  void back_reference() {
    const char digit = text_[at_ + 1];
    const auto index = static_cast<std::size_t>(digit - '0');
    if (index == 0 || index > closed_.size() || !closed_[index - 1]) {
      error_ = fmt::format("invalid capture index %{} in pattern", digit);
      return;
    }
    Item item;
    item.kind = Kind::back;
    result_.items_.push_back(item);
    at_ += 2;
  }

  // One character class, and the quantifier that may follow it.
  void single() {
    Item item = one_class();
    if (!error_.empty()) return;
    if (!at_end(at_)) {
      const auto quantified = [&](Kind kind) {
        item.kind = kind;
        item.lazy = text_[at_] == '-';
        ++at_;
      };
      switch (text_[at_]) {
        case '?':
          quantified(Kind::optional);
          break;
        case '*':
        case '-':
          quantified(Kind::any_number);
          break;
        case '+':
          quantified(Kind::one_or_more);
          break;
        default:
          break;
      }
    }
    result_.items_.push_back(item);
  }

  Item one_class() {
    Item item;
    const char c = text_[at_];
    if (c == '[') return set();
    if (c == '%') {
      if (at_end(at_ + 1)) {
        error_ = "malformed pattern (ends with '%')";
        return item;
      }
      item.set = escaped_class(text_[at_ + 1]);
      at_ += 2;
      return item;
    }
    if (c == '.') {
      item.set.set();
    } else {
      item.set.set(static_cast<unsigned char>(c));
      item.plain = c;
    }
    ++at_;
    return item;
  }

  // `[set]`: a `]` that comes first is a member, `%` escapes, `a-z` is a range unless the `-` comes
  // last.
  Item set() {
    Item item;
    auto member = at_ + 1;
    const bool complement = !at_end(member) && text_[member] == '^';
    if (complement) ++member;
    const auto end = set_end(member);
    if (end == std::string_view::npos) {
      error_ = "malformed pattern (missing ']')";
      return item;
    }
    for (; member < end; ++member) {
      const auto low = static_cast<unsigned char>(text_[member]);
      if (text_[member] == '%') {
        item.set |= escaped_class(text_[++member]);
      } else if (text_[member + 1] == '-' && member + 2 < end) {
        member += 2;
        const auto high = static_cast<unsigned char>(text_[member]);
        for (unsigned c = low; c <= high; ++c) item.set.set(c);
      } else {
        item.set.set(low);
      }
    }
    if (complement) item.set.flip();
    at_ = end + 1;
    return item;
  }

  // Where the `]` stands that closes the set whose first member is at `at`.
  [[nodiscard]] std::size_t set_end(std::size_t at) const {
    do {
      if (at_end(at)) return std::string_view::npos;
      if (text_[at++] == '%' && !at_end(at)) ++at;
    } while (at_end(at) || text_[at] != ']');
    return at;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned captures_ = 0;
  std::vector<std::size_t> open_;  // captures that are not closed yet, by number
  std::vector<bool> closed_;       // by number - 1
  PatternItems result_;
  std::string error_;
};

tl::expected<PatternItems, std::string> PatternItems::parse(std::string_view pattern) {
  return PatternParser{pattern}.run();
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

char PatternItems::hyphen_taken_for_repeat() const {
  for (const auto& item : items_) {
    if (item.lazy && std::isalnum(static_cast<unsigned char>(item.plain)) != 0) return item.plain;
  }
  return 0;
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
