#include "facts/handle.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace badclients::facts {

namespace {

/// How numbers are written: `#` is a digit or, in a company's number since 2026, a letter.
constexpr std::array<std::string_view, 2> forms{"##.###.###/####-##", "###.###.###-##"};
/// WHOIS once wrote a company's number with a zero before it.
constexpr std::string_view padded_form = "###.###.###/####-##";

bool has_form(std::string_view text, std::string_view form) {
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char c, char place) {
           return place == '#' ? base::is_letter_or_digit(c) : c == place;
         });
}

std::string without_punctuation(std::string_view text) {
  std::string plain;
  std::copy_if(text.begin(), text.end(), std::back_inserter(plain), base::is_letter_or_digit);
  return plain;
}

/// The check digit behind `text`: weights 2, 3, ... from its end, a company's only to 9.
char check_digit(std::string_view text, int most) {
  int sum = 0, weight = 2;
  for (auto c = text.rbegin(); c != text.rend(); ++c) {
    sum += (base::upper(*c) - '0') * weight;
    weight = weight == most ? 2 : weight + 1;
  }
  const int rest = sum % 11;
  return static_cast<char>(rest < 2 ? '0' : '0' + 11 - rest);
}

bool is_number(std::string_view plain) {
  const bool company = plain.size() == 14;
  if (!company &&
      (plain.size() != 11 || !std::all_of(plain.begin(), plain.end(), base::is_digit))) {
    return false;
  }
  if (!std::all_of(plain.begin(), plain.end(), base::is_letter_or_digit)) return false;
  const int most = company ? 9 : 11;
  const auto first = plain.size() - 2;
  return plain[first] == check_digit(plain.substr(0, first), most) &&
         plain[first + 1] == check_digit(plain.substr(0, first + 1), most);
}

std::string punctuated(std::string_view plain) {
  const auto form = plain.size() == 14 ? forms[0] : forms[1];
  std::string text;
  std::size_t next = 0;
  for (const char place : form) text += place == '#' ? plain[next++] : place;
  return text;
}

}  // namespace

std::string canonical_handle(std::string_view handle) {
  if (has_form(handle, padded_form) && handle.front() == '0') handle.remove_prefix(1);
  return is_number(handle) ? punctuated(handle) : std::string(handle);
}

bool is_left_out_by_ripe(std::string_view handle) {
  constexpr std::string_view ending = "-ripe", organisation = "org-";
  if (handle.size() < ending.size()) return false;
  const auto end = base::lowered(handle.substr(handle.size() - ending.size()));
  return end == ending && base::lowered(handle.substr(0, organisation.size())) != organisation;
}

bool is_from_ripes_data(const Fact<Registration>& registration) {
  return registration.known() && registration.from == Provenance::local &&
         registration.source.starts_with("ripe.");
}

std::optional<std::string> other_spelling(std::string_view handle) {
  for (const auto form : forms) {
    if (has_form(handle, form)) return without_punctuation(handle);
  }
  if (is_number(handle)) return punctuated(handle);
  return std::nullopt;
}

}  // namespace badclients::facts
