#pragma once

#include <optional>
#include <string_view>

namespace badclients::lists {

/// The English name of an ISO 3166-1 alpha-2 code (upper case), or of one of the codes that the
/// original accepts besides (AN, ZZ); nothing for any other.
std::optional<std::string_view> country_name(std::string_view code);

/// The code of the country that a word probably means: of its name, or the begin of a word in it
/// that no other country's name has. Nothing where there is none, or more than one.
std::optional<std::string_view> country_meant(std::string_view word);

}  // namespace badclients::lists
