#include "network/questions/refusal_words.hpp"

#include <algorithm>
#include <array>

#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

/// Parts of words: "negad" is in "Permissão negada" and in "Permiso denegado", before and behind
/// the letters that Latin-1 and UTF-8 write differently.
constexpr std::array<std::string_view, 6> certain{"rate limit exceeded", "%error:2",    "%error: 2",
                                                  "%error:306",          "%error: 306", "excedid"};
constexpr std::array<std::string_view, 26> weak{"exceeded",      "denied",
                                                "negad",         "have permission",
                                                "too many",      "too often",
                                                "demasiad",      "muitas",
                                                "rate limit",    "rate-limit",
                                                "rate too high", "throttl",
                                                "slow down",     "quota",
                                                "blocked",       "banned",
                                                "bloquead",      "blacklist",
                                                "excessive",     "try again",
                                                "too fast",      "too short",
                                                "refused",       "access restricted",
                                                "query rate",    "number of queries"};
constexpr std::array<std::string_view, 11> ban{
    "error:201", "error: 201", "error:202", "error: 202",      "denied",  "banned",
    "blocked",   "blacklist",  "negad",     "have permission", "bloquead"};

/// "limit", but not the "Limited" of a company's name.
bool names_a_limit(std::string_view text) {
  const auto all = words(text);
  return std::ranges::any_of(all, [](std::string_view word) {
    const auto name = lowered(word.substr(0, word.find_first_of(".:;!")));
    return name == "limit" || name == "limits" || name == "limite" || name == "limites";
  });
}

}  // namespace

bool says_too_much(std::string_view text) {
  return contains_any(text, certain);
}

bool may_say_too_much(std::string_view text) {
  return says_too_much(text) || contains_any(text, weak) || names_a_limit(text);
}

bool says_banned(std::string_view text) {
  return contains_any(text, ban);
}

}  // namespace badclients::network
