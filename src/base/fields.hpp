#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

/// Small steps of reading a line of fields. ASCII only: no locale has a say.
namespace badclients::base {

/// All of `text` as a decimal number; nothing where it is none, or too large.
template <std::integral Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

/// Cuts off and returns what stands before the first `separator`; all of it where there is none.
inline std::string_view cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

}  // namespace badclients::base
