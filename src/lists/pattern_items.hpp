#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::lists {

/// What a backtracking matcher may have to do.
struct PatternCost {
  std::size_t items = 0;    ///< single characters, classes, ...
  std::size_t repeats = 0;  ///< `*`, `+`, `-`: the work grows with the value's length to this power
  std::size_t optionals = 0;  ///< `?`
  std::size_t scans = 0;      ///< `%b`, `%1`: each look may take in the whole value

  /// Read off the pattern's characters, without understanding it: never too little.
  static PatternCost at_most(std::string_view pattern);

  /// Upper bound of the steps for a value of `length` bytes; saturates.
  [[nodiscard]] std::uint64_t steps(std::size_t length) const;
};

/// A Lua pattern taken apart (Lua 5.4 Reference Manual section 6.4.1), to check it before it is
/// used, to foresee what a match may cost, and to match in linear time where Lua's own matcher,
/// which backtracks, could be made to run for hours by the value.
class PatternItems {
 public:
  /// Anchors at both ends are dropped: a list's pattern always has to match the whole value.
  /// Error: what Lua would say: "malformed pattern (ends with '%')".
  static tl::expected<PatternItems, std::string> parse(std::string_view pattern);

  /// Whether the pattern ends with an anchor: a `$` that is neither escaped nor an operand.
  [[nodiscard]] bool anchored_end() const { return anchored_end_; }

  [[nodiscard]] PatternCost cost() const;

  /// Back references (`%1`) are what matches() cannot do.
  [[nodiscard]] bool has_back_reference() const;

  /// Whether the pattern matches all of `value`, as string.match would say. At most one pass over
  /// the value for each item (and one more for each `%b` in each position).
  /// Only for patterns without back references.
  [[nodiscard]] bool matches(std::string_view value) const;

  /// Whether the pattern matches every value, but perhaps the empty one: `.*`, `.+`, `.*.*`.
  [[nodiscard]] bool matches_anything() const;

  /// Texts that every matching value contains, ASCII letters in lower case whatever their case is
  /// in the pattern or the value. Each is as long as it can be: `.*%.host%-%d+%.net` gives ".host-"
  /// and
  /// ".net".
  [[nodiscard]] std::vector<std::string> required_texts() const;

  using Characters = std::bitset<256>;
  /// Whether a value made of these alone may match, and one that begins, or ends, with one of
  /// these. False is certain; true is not.
  [[nodiscard]] bool may_consist_of(const Characters& characters) const;
  [[nodiscard]] bool may_begin_with(const Characters& characters) const;
  [[nodiscard]] bool may_end_with(const Characters& characters) const;

  /// Whether some repeat is of one plain letter or digit by `-`, as in `mail-1`: nearly always a
  /// hyphen that was meant as one. Returns that character; 0 where there is none.
  [[nodiscard]] char hyphen_taken_for_repeat() const;

 private:
  using Set = Characters;
  enum class Kind : std::uint8_t {
    single,
    optional,
    any_number,
    one_or_more,
    balance,
    frontier,
    back
  };

  struct Item {
    Kind kind = Kind::single;
    Set set;                   // single, optional, any_number, one_or_more, frontier
    char open = 0, close = 0;  // balance
    char plain = 0;            // the character, where the set is one plain character
    bool lazy = false;         // any_number, written with `-`
  };

  template <class Iterator>
  static bool may_touch(Iterator begin, Iterator end, const Characters& characters,
                        char Item::*edge);

  friend class PatternParser;
  std::vector<Item> items_;
  bool anchored_end_ = false;
};

}  // namespace badclients::lists
