#include "lists/client_rule.hpp"

#include <fmt/format.h>

#include <utility>

#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using config::quote;
using Value = tl::expected<std::string, std::string>;

// Takes a value in quotes off the front of `rest`, which begins with the quote.
Value take_quoted(std::string_view& rest) {
  std::string value;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      if (i + 1 < rest.size() && !is_blank(rest[i + 1])) {
        return tl::unexpected(fmt::format("there must be a blank after the closing quote of {}",
                                          quote(rest.substr(0, i + 1))));
      }
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\') {
      const bool known = i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
      if (!known) {
        return tl::unexpected(
            fmt::format("{}: within quotes a backslash stands before \" or \\", quote(rest)));
      }
      ++i;
    }
    value += rest[i];
  }
  return tl::unexpected(fmt::format("{} has no closing quote", quote(rest)));
}

/// What to do about `word`, which is no clause, and with which `rest` begins.
std::string hint(std::string_view word, std::string_view rest) {
  const auto next = first_word(trimmed(rest.substr(word.size())));
  if (next.starts_with('=') || next.starts_with("!=")) {
    return fmt::format("no blanks around {}", next.starts_with('=') ? "=" : "!=");
  }
  const auto meant = lowered(word);
  if (meant == "and" || meant == "&&" || meant == "&") return "all clauses of a line have to hold";
  if (meant == "or" || meant == "||" || meant == "|") {
    return "of several values of one field any will do; else write a line for each";
  }
  if (meant == "not" || meant == "!") return "write field!=value";
  if (word.find(':') != std::string_view::npos) return "write field=value";
  return "values with blanks go in \"quotes\", comments on lines of their own";
}

Value take_bare(std::string_view& rest) {
  const auto word = first_word(rest);
  if (word.empty()) return tl::unexpected(std::string{"there is no value (write \"\" for none)"});
  if (word.find('"') != std::string_view::npos) {
    return tl::unexpected(
        fmt::format("{}: a quote stands around the whole value, \\\" for one within it (write {})",
                    quote(word), quoted_value(word)));
  }
  rest.remove_prefix(word.size());
  return std::string{word};
}

}  // namespace

std::string quoted_value(std::string_view value) {
  if (!value.empty() && value.find_first_of(" \t\"") == std::string_view::npos) {
    return std::string(value);
  }
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

tl::expected<std::vector<ClauseText>, std::string> split_rule(std::string_view line) {
  std::vector<ClauseText> clauses;
  for (auto rest = trimmed(line); !rest.empty(); rest = trimmed(rest)) {
    const auto word = first_word(rest);
    ClauseText clause;
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
      return tl::unexpected(fmt::format("{} is neither field=value nor field!=value ({})",
                                        quote(word), hint(word, rest)));
    }
    clause.field = word.substr(0, equals);
    clause.negated = clause.field.ends_with('!');
    if (clause.negated) clause.field.remove_suffix(1);
    rest.remove_prefix(equals + 1);
    auto value = rest.starts_with('"') ? take_quoted(rest) : take_bare(rest);
    if (!value) return tl::unexpected(fmt::format("{}: {}", clause.field, value.error()));
    clause.value = std::move(*value);
    clauses.push_back(std::move(clause));
  }
  return clauses;
}

}  // namespace badclients::lists
