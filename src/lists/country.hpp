#pragma once

#include <optional>
#include <string_view>

namespace badclients::lists {

/// The English name of an ISO 3166-1 alpha-2 code (upper case), or of one of the codes that the
/// original accepts besides (AN, ZZ); nothing for any other.
std::optional<std::string_view> country_name(std::string_view code);

}  // namespace badclients::lists
