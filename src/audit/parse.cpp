#include "audit/parse.hpp"

#include <algorithm>
#include <cstddef>

#include "audit/escape.hpp"
#include "base/number.hpp"

namespace badclients::audit {

namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_[]";

/// Undoes audit::escaped. A backslash that begins no escape, as the original wrote it, stays.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 3);
    const bool escape = text[i] == '\\' && digits.size() == 3 && digits.front() == 'x';
    const auto byte = escape ? base::number<std::uint8_t>(digits.substr(1), 16) : std::nullopt;
    result += byte ? static_cast<char>(*byte) : text[i];
    if (byte) i += 3;
  }
  return result;
}

/// Takes `name=value` from the front of `rest`; nothing where there is something else.
std::optional<Field> take_field(std::string_view& rest) {
  const auto equals = rest.find_first_not_of(name_characters);
  if (equals == 0 || equals == std::string_view::npos || rest[equals] != '=') return std::nullopt;
  Field field;
  field.name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);

  std::string_view value;
  field.brackets = rest.starts_with('<');
  if (field.brackets) {
    const auto end = rest.find_first_of("<>", 1);
    if (end == std::string_view::npos || rest[end] != '>') return std::nullopt;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const auto end = std::min(rest.find_first_of(" ,=<>"), rest.size());
    value = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  field.cut = value.ends_with(cut_mark);
  if (field.cut) value.remove_suffix(cut_mark.size());
  field.value = unescaped(value);
  return field;
}

}  // namespace

const Field* Record::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::string_view Record::value(std::string_view name) const {
  const auto* field = find(name);
  return field == nullptr || field->none() ? std::string_view{} : field->value;
}

std::optional<Record> parse(std::string_view log_line) {
  constexpr std::string_view mark = "mail-audit";
  constexpr std::string_view maxmind = "-maxmind";
  constexpr std::string_view user = ": user=<";
  while (log_line.ends_with('\n') || log_line.ends_with('\r')) log_line.remove_suffix(1);
  const auto begin = log_line.find(mark);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto before = log_line.substr(0, begin);
  if (before.find('<') != std::string_view::npos) return std::nullopt;
  if (!before.empty() && !before.ends_with(' ')) return std::nullopt;

  Record record;
  auto rest = log_line.substr(begin + mark.size());
  record.maxmind = rest.starts_with(maxmind);
  if (record.maxmind) rest.remove_prefix(maxmind.size());
  if (!rest.starts_with(user)) return std::nullopt;
  rest.remove_prefix(2);
  while (true) {
    auto field = take_field(rest);
    if (!field) return std::nullopt;
    record.fields.push_back(std::move(*field));
    if (rest.empty()) return record;
    if (!rest.starts_with(", ")) return std::nullopt;
    rest.remove_prefix(2);
  }
}

}  // namespace badclients::audit
