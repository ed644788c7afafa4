#include <fmt/format.h>

#include <cctype>

#include "lists/pattern_items.hpp"

namespace badclients::lists {

namespace {

constexpr unsigned max_captures = 32;  // LUA_MAXCAPTURES

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

}  // namespace badclients::lists
