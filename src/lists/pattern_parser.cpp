// Pattern: reading.

#include <fmt/format.h>

#include <algorithm>

#include "lists/pattern.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using Characters = Pattern::Characters;
using Item = Pattern::Item;
using Kind = Pattern::Kind;
using namespace std::string_view_literals;

constexpr std::size_t most_captures = 32;  // LUA_MAXCAPTURES

Characters range(char first, char last) {
  const auto low = static_cast<unsigned char>(first), high = static_cast<unsigned char>(last);
  return ~Characters() << low & ~Characters() >> (Characters().size() - 1 - high);
}

/// First and last character of each range that `%letter` stands for; empty: it is no class.
std::string_view ranges(char letter) {
  switch (letter) {
    case 'a':
      return "AZaz";
    case 'c':
      return "\0\x1f\x7f\x7f"sv;
    case 'd':
      return "09";
    case 'g':
      return "!~";
    case 'l':
      return "az";
    case 'p':
      return "!/:@[`{~";
    case 's':
      return "\t\r  ";
    case 'u':
      return "AZ";
    case 'w':
      return "09AZaz";
    case 'x':
      return "09AFaf";
    case 'z':
      return "\0\0"sv;
    default:
      return {};
  }
}

/// The characters that `%c` stands for. As in Lua, a `c` that is no class stands for itself.
Characters escaped(char c) {
  Characters set;
  auto left = ranges(lower(c));
  if (left.empty()) return set.set(static_cast<unsigned char>(c));
  for (; !left.empty(); left.remove_prefix(2)) set |= range(left[0], left[1]);
  return c == lower(c) ? set : ~set;
}

std::vector<Item> literal(std::string_view text, bool any_case) {
  std::vector<Item> items(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    items[i].set.set(static_cast<unsigned char>(any_case ? upper(c) : c));
    if (any_case) items[i].set.set(static_cast<unsigned char>(lower(c)));
  }
  return items;
}

}  // namespace

// Reads as Lua's lstrlib.c does while it matches: finds the same items, and the same first fault.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) { items_.reserve(text.size()); }

  tl::expected<Pattern, std::string> run() {
    if (text_.starts_with('^')) at_ = 1;
    while (!at_end() && error_.empty()) {
      if (text_.substr(at_) == "$") break;
      next();
    }
    if (error_.empty() && open_capture() != captures_.rend()) error_ = "unfinished capture";
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    Pattern pattern;
    pattern.items_ = std::move(items_);
    pattern.searched_ = searched_;
    return pattern;
  }

 private:
  struct Capture {
    std::size_t first;       // item
    std::size_t behind = 0;  // item
    enum { open, closed, position } state = open;
  };

  /// Whether no character is left, or fewer than `count` behind the next one.
  [[nodiscard]] bool at_end(std::size_t count = 0) const { return at_ + count >= text_.size(); }

  void next() {
    if (text_[at_] == '(') return capture_start();
    if (text_[at_] == ')') return capture_end();
    if (text_[at_] == '%' && !at_end(1)) {
      if (text_[at_ + 1] == 'b') return balance();
      if (text_[at_ + 1] == 'f') return frontier();
      if (is_digit(text_[at_ + 1])) return back_reference();
    }
    repeatable();
  }

  void capture_start() {
    if (captures_.size() == most_captures) {
      error_ = "too many captures";
      return;
    }
    const bool position = !at_end(1) && text_[at_ + 1] == ')';
    captures_.push_back({items_.size()});
    if (position) captures_.back().state = Capture::position;
    at_ += position ? 2 : 1;
  }

  std::vector<Capture>::reverse_iterator open_capture() {
    return std::find_if(captures_.rbegin(), captures_.rend(),
                        [](const Capture& capture) { return capture.state == Capture::open; });
  }

  void capture_end() {
    const auto capture = open_capture();
    if (capture == captures_.rend()) {
      error_ = "invalid pattern capture";
      return;
    }
    capture->behind = items_.size();
    capture->state = Capture::closed;
    ++at_;
  }

  void balance() {
    if (at_end(3)) {
      error_ = "malformed pattern (missing arguments to '%b')";
      return;
    }
    items_.push_back({.kind = Kind::balance, .open = text_[at_ + 2], .close = text_[at_ + 3]});
    at_ += 4;
  }

  void frontier() {
    at_ += 2;
    if (at_end() || text_[at_] != '[') {
      error_ = "missing '[' after '%f' in pattern";
      return;
    }
    items_.push_back({.kind = Kind::frontier, .set = set()});
  }

  void back_reference() {
    const char digit = text_[at_ + 1];
    const auto number = static_cast<std::size_t>(digit - '0');
    if (number == 0 || number > captures_.size() || captures_[number - 1].state == Capture::open) {
      error_ = fmt::format("invalid capture index %{}", digit);
      return;
    }
    const auto& capture = captures_[number - 1];
    at_ += 2;
    if (capture.state == Capture::position) {
      // Lua finds no text that equals a position: the item matches nothing.
      items_.emplace_back();
      return;
    }
    items_.push_back({.kind = Kind::back,
                      .first = static_cast<std::uint32_t>(capture.first),
                      .behind = static_cast<std::uint32_t>(capture.behind)});
    searched_ = items_.size();
  }

  /// A class of characters, and the `?`, `*`, `+` or `-` that may follow it.
  void repeatable() {
    Item item = one_of();
    const char repeat = at_end() ? '\0' : text_[at_];
    item.lazy = repeat == '-';
    if (repeat == '?') item.kind = Kind::optional;
    if (repeat == '*' || repeat == '-') item.kind = Kind::any_number;
    if (repeat == '+') item.kind = Kind::one_or_more;
    if (item.kind != Kind::single) ++at_;
    items_.push_back(item);
  }

  Item one_of() {
    const char c = text_[at_];
    if (c == '[') return {.set = set()};
    Item item;
    if (c == '%') {
      if (at_end(1)) error_ = "malformed pattern (ends with '%')";
      if (!at_end(1)) item.set = escaped(text_[at_ + 1]);
      at_ += 2;
      return item;
    }
    ++at_;
    if (c == '.') {
      item.set.set();
    } else {
      item.set.set(static_cast<unsigned char>(c));
      item.plain = c;
    }
    return item;
  }

  /// `[set]`: a `]` that comes first is a member, `%` escapes, `a-z` is a range unless the `-`
  /// comes last.
  Characters set() {
    Characters set;
    ++at_;
    const bool complement = !at_end() && text_[at_] == '^';
    if (complement) ++at_;
    const auto end = set_end();
    if (end == std::string_view::npos) {
      error_ = "malformed pattern (missing ']')";
      return set;
    }
    for (; at_ < end; ++at_) {
      const char c = text_[at_];
      if (c == '%') {
        set |= escaped(text_[++at_]);
      } else if (text_[at_ + 1] == '-' && at_ + 2 < end) {
        at_ += 2;
        set |= range(c, text_[at_]);
      } else {
        set.set(static_cast<unsigned char>(c));
      }
    }
    at_ = end + 1;
    return complement ? ~set : set;
  }

  /// Where the `]` stands that closes the set whose first member comes next.
  [[nodiscard]] std::size_t set_end() const {
    auto at = at_;
    do {
      if (at >= text_.size()) return std::string_view::npos;
      if (text_[at++] == '%' && at < text_.size()) ++at;
    } while (at >= text_.size() || text_[at] != ']');
    return at;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Capture> captures_;
  std::vector<Item> items_;
  std::size_t searched_ = 0;  // Pattern::searched
  std::string error_;
};

tl::expected<Pattern, std::string> Pattern::parse(std::string_view entry) {
  const bool any_case = entry.starts_with('\'');
  if (!any_case && !entry.starts_with('"')) return PatternParser(entry).run();
  Pattern pattern;
  pattern.items_ = literal(entry.substr(1), any_case);
  return pattern;
}

}  // namespace badclients::lists
