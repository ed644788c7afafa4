#include "registry/compile/as_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/serialise.hpp"
#include "registry/compile/foreign.hpp"

namespace badclients::registry {

namespace {

/// Some 120,000 in 2026.
constexpr std::uint64_t most_names = 1'000'000;

/// The length of `, CC` at the end; 0 where there is none.
std::size_t country_length(std::string_view text) {
  constexpr std::size_t length = 4;
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool has = text.size() >= length && text.substr(text.size() - length, 2) == ", " &&
                   capital(text[text.size() - 2]) && capital(text[text.size() - 1]);
  return has ? length : 0;
}

}  // namespace

std::string with_dash(std::string_view text) {
  const auto country = text.substr(text.size() - country_length(text));
  auto rest = text.substr(0, text.size() - country.size());
  const auto name = base::cut(rest, ' ');
  rest = base::trimmed(rest);
  if (rest.empty() || rest == "-" || rest.starts_with("- ")) return std::string(text);
  return fmt::format("{} - {}{}", name, rest, country);
}

tl::expected<Reading, std::string> read_as_names(
    Input& input, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ripencc,
    AsNames& into) {
  Reading reading;
  std::optional<std::uint32_t> before;
  auto region = ripencc.begin();
  for (;;) {
    const auto line = input.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) break;
    auto text = base::trimmed(**line);
    if (text.empty()) continue;
    const auto asn = base::number<std::uint32_t>(base::cut(text, ' '));
    text = base::trimmed(text);
    if (!asn || text.empty()) {
      if (reading.leave_out(input.line(), "no AS number and text")) continue;
      return tl::unexpected("it is no such file: " + reading.first_left_out);
    }
    if (before && *asn <= *before) {
      return tl::unexpected(fmt::format("line {}: AS numbers that do not ascend", input.line()));
    }
    before = asn;
    while (region != ripencc.end() && region->second < *asn) ++region;
    const bool in_region = region != ripencc.end() && region->first <= *asn;
    auto decoded = foreign_text(text);
    if (++reading.counts["asn"] > most_names) {
      return tl::unexpected(std::string("it has more ASes than there are"));
    }
    if (*asn != 0) into.emplace_back(*asn, in_region ? with_dash(decoded) : std::move(decoded));
  }
  if (!input.complete()) return tl::unexpected(std::string("it is cut short"));
  return reading;
}

}  // namespace badclients::registry
