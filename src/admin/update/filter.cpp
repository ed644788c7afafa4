#include "admin/update/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace badclients::admin::update {

namespace {

/// The parts between commas that do not stand in quotes.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] != ',' || quoted) continue;
    parts.push_back(base::trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  parts.push_back(base::trimmed(text.substr(begin)));
  return parts;
}

tl::expected<std::string_view, std::string> unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  if (value.empty()) return tl::unexpected(std::string("an empty value matches nothing"));
  if (value.find('"') != std::string_view::npos) {
    return tl::unexpected(fmt::format("{} has an unmatched double quote", value));
  }
  return value;
}

}  // namespace

tl::expected<Filter, std::string> Filter::parse(std::string_view text,
                                                std::span<const std::string_view> keys,
                                                std::string_view bare_key) {
  Filter filter;
  for (const auto part : split(text)) {
    const auto equals = part.find('=');
    const bool bare = equals == std::string_view::npos;
    const auto name = bare ? bare_key : base::trimmed(part.substr(0, equals));
    const auto key = std::ranges::find_if(
        keys, [&](std::string_view known) { return base::same_word(known, name); });
    if (key == keys.end()) {
      const auto known = keys.empty() ? "there is none for this source"
                                      : fmt::format("known are: {}", fmt::join(keys, ", "));
      return tl::unexpected(fmt::format("'{}' is no filter KEY=VALUE ({})", part, known));
    }
    const auto value = unquoted(bare ? part : base::trimmed(part.substr(equals + 1)));
    if (!value) return tl::unexpected(fmt::format("filter '{}': {}", part, value.error()));

    auto clause = std::ranges::find(filter.clauses_, *key, &Clause::key);
    if (clause == filter.clauses_.end()) {
      clause = filter.clauses_.insert(clause, {std::string(*key), {}});
    }
    clause->values.emplace_back(*value);
  }
  return filter;
}

bool Filter::accepts(std::span<const Attribute> attributes) const {
  return std::ranges::all_of(clauses_, [&](const Clause& clause) {
    return std::ranges::any_of(attributes, [&](const Attribute& attribute) {
      return attribute.key == clause.key &&
             std::ranges::any_of(clause.values, [&](const std::string& value) {
               return base::same_word(value, attribute.value);
             });
    });
  });
}

std::string Filter::str() const {
  std::string text;
  for (const auto& clause : clauses_) {
    for (const auto& value : clause.values) {
      const auto quote = value.find_first_of(", \t") == std::string::npos ? "" : "\"";
      text += fmt::format("{}{}={}{}{}", text.empty() ? "" : ",", clause.key, quote, value, quote);
    }
  }
  return text;
}

}  // namespace badclients::admin::update
