#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

/// Numbers as texts have them: digits, for signed types behind a minus; no blanks, no plus sign, no
/// locale.
namespace badclients::base {

/// Takes the number off that `text` begins with. Nothing, and `text` as it was, where there is none
/// or it is too large. `radix`: of integers.
template <class Number>
std::optional<Number> take_number(std::string_view& text, [[maybe_unused]] int radix = 10) {
  Number value{};
  const auto* const last = text.data() + text.size();
  std::from_chars_result read{};
  if constexpr (std::integral<Number>) {
    read = std::from_chars(text.data(), last, value, radix);
  } else {
    read = std::from_chars(text.data(), last, value);
  }
  if (read.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

/// All of `text` as a number.
template <class Number>
std::optional<Number> number(std::string_view text, int radix = 10) {
  const auto value = take_number<Number>(text, radix);
  return text.empty() ? value : std::nullopt;
}

}  // namespace badclients::base
