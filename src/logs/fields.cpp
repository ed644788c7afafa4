#include "logs/fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "audit/escape.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::logs {

namespace {

/// A time with a zone and a host are four words.
constexpr std::size_t most_leading_words = 5;
/// What puts no tag behind them, such as multilog or a container's log, writes no more.
constexpr std::size_t most_words_alone = 3;

bool is_name_character(char c) {
  return base::is_letter_or_digit(c) || c == '_' || c == '[' || c == ']';
}

/// Whether a log could put it before a message: "Nov 21 23:12:04 mail dovecot: auth: Info: ".
bool is_prefix(std::string_view before) {
  if (before.empty()) return true;
  if (!before.ends_with(' ') || before.find('<') != std::string_view::npos) return false;
  std::size_t leading = 0;
  bool tagged = false;
  while (!before.empty()) {
    const auto word = base::cut(before, ' ');
    if (word.ends_with(':')) {
      tagged = true;
    } else if (!word.empty()) {  // "Nov  1" has two blanks
      if (tagged || ++leading > most_leading_words) return false;
    }
  }
  return tagged || leading <= most_words_alone;
}

/// Takes `name=value` from the front of `rest`; false where there is something else.
bool take_field(std::string_view& rest, Field& field) {
  std::size_t equals = 0;
  while (equals < rest.size() && is_name_character(rest[equals])) ++equals;
  if (equals == 0 || equals == rest.size() || rest[equals] != '=') return false;
  field.name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);

  field.brackets = rest.starts_with('<');
  std::size_t end = field.brackets ? 1 : 0;
  const std::string_view stops = field.brackets ? "<>" : " ,=<>";
  while (end < rest.size() && !base::is_one_of(rest[end], stops)) ++end;
  if (field.brackets) {
    if (end == rest.size() || rest[end] != '>') return false;
    field.text = rest.substr(1, end - 1);
    ++end;
  } else {
    field.text = rest.substr(0, end);
  }
  rest.remove_prefix(end);
  field.cut = field.text.ends_with(audit::cut_mark);
  if (field.cut) field.text.remove_suffix(audit::cut_mark.size());
  return true;
}

}  // namespace

std::string Field::value() const {
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

std::optional<Split> split(std::string_view log_line) {
  constexpr std::string_view mark = "mail-audit";
  constexpr std::string_view maxmind = "-maxmind";
  while (log_line.ends_with('\n') || log_line.ends_with('\r')) log_line.remove_suffix(1);
  if (log_line.starts_with('{')) return Split{{}, false, log_line};
  const auto begin = log_line.find(mark);
  if (begin == std::string_view::npos || !is_prefix(log_line.substr(0, begin))) return std::nullopt;
  auto rest = log_line.substr(begin + mark.size());
  Split result;
  result.before = log_line.substr(0, begin);
  result.maxmind = rest.starts_with(maxmind);
  if (result.maxmind) rest.remove_prefix(maxmind.size());
  if (!rest.starts_with(": user=<") && !rest.starts_with(": {")) return std::nullopt;
  result.fields = rest.substr(2);
  return result;
}

bool read_fields(std::string_view text, std::vector<Field>& into) {
  into.clear();
  while (true) {
    if (!take_field(text, into.emplace_back())) return false;
    if (text.empty()) return true;
    if (!text.starts_with(", ")) return false;
    text.remove_prefix(2);
  }
}

}  // namespace badclients::logs
