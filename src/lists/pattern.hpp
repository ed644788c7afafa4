#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <tl/expected.hpp>

#include "lists/rulebook.hpp"

namespace badclients::lists {

/// An entry of a list of patterns: a Lua pattern (Lua 5.4 Reference Manual, section 6.4.1), or a
/// literal, `'text` ignoring the case of ASCII letters, `"text` exactly. It matches whole values:
/// a `^` at its begin and a `$` at its end change nothing. Values are foreign: any byte may be in
/// them. Classes (`%a`) are ASCII, whatever the locale.
///
/// Bounds. Without back references (`%1` to `%9`) a match looks at each byte of the value at most
/// once for each item of the pattern, and needs a byte of memory for each: nothing that a value
/// holds makes it slower. With back references the items up to the last one are tried one way after
/// the other. They are given up when all matches that count their steps together (see
/// PatternMatcher) have taken `most_steps`, some 20 ms. The items behind the last back reference
/// cost as much as elsewhere.
class Pattern {
 public:
  using Characters = std::bitset<256>;

  enum class Kind : std::uint8_t {
    single,
    optional,     ///< `x?`
    any_number,   ///< `x*` and `x-`: for a whole value they are the same
    one_or_more,  ///< `x+`
    balance,      ///< `%bxy`
    frontier,     ///< `%f[set]`
    back          ///< `%1`
  };

  struct Item {
    Kind kind = Kind::single;
    bool lazy = false;         ///< any_number, written with `-`
    char plain = 0;            ///< the character, if it stands for itself
    char open = 0, close = 0;  ///< balance
    std::uint32_t first = 0;   ///< back: it repeats what the items from this one ...
    std::uint32_t behind = 0;  ///< ... to before this one have matched
    Characters set = {};       ///< for all other kinds

    /// Whether it takes at least one character of the set.
    [[nodiscard]] bool required() const {
      return kind == Kind::single || kind == Kind::one_or_more;
    }
    [[nodiscard]] bool repeats() const {
      return kind == Kind::any_number || kind == Kind::one_or_more;
    }
  };

  static constexpr std::size_t most_steps = 10'000'000;

  /// Error: what Lua would say: "malformed pattern (ends with '%')".
  static tl::expected<Pattern, std::string> parse(std::string_view entry);

  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

  /// The items that a match tries one way after the other: up to the last back reference.
  [[nodiscard]] std::size_t searched() const { return searched_; }

  /// Whether it matches all of `value`; nothing: given up. Adds the steps that it takes to `steps`.
  [[nodiscard]] std::optional<bool> matches(std::string_view value, std::size_t& steps) const;
  [[nodiscard]] std::optional<bool> matches(std::string_view value) const {
    std::size_t steps = 0;
    return matches(value, steps);
  }

 private:
  friend class PatternParser;
  std::vector<Item> items_;
  std::size_t searched_ = 0;
};

/// The texts that `entry` requires: every value that it matches contains them, if case is ignored.
/// ASCII letters are in lower case. Each text is as long as possible: `.*%.host%-%d+%.net` gives
/// ".host-" and ".net". None if the entry requires none, or is malformed.
std::vector<std::string> required_texts(std::string_view entry);

/// Matches values against entries as they stand in the lists, and keeps what went wrong. Make one
/// for each login, however often it is decided about. Matches with back references count their
/// steps together, for each field: so a client that chooses one value cannot stop entries of
/// another field from being tried. Their results are remembered, so that all decisions of a login
/// agree. Not for use by two threads.
class PatternMatcher {
 public:
  enum class Outcome : std::uint8_t { no, yes, given_up };

  /// A malformed entry matches nothing. trouble() says what is wrong with it, or why an entry was
  /// given up.
  Outcome match(Field field, std::string_view entry, std::string_view value);

  /// Whether any entry was given up.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

  /// Why the last entry that could not be tried could not be; empty: all could be.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  Outcome search(Field field, const Pattern& pattern, std::string_view entry,
                 std::string_view value);

  std::string trouble_;
  bool gave_up_ = false;
  std::array<std::size_t, field_count> steps_{};                          // of the matches so far
  std::map<std::tuple<Field, std::string, std::string>, Outcome> found_;  // with back references
};

}  // namespace badclients::lists
