#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

/// Small steps of reading what registries write.
namespace badclients::network {

using base::contains;
using base::lowered;
using base::trimmed;
using base::words;

/// The trimmed fields between `separator`s, at most `most` (the last one holds the rest).
std::vector<std::string_view> split(std::string_view text, char separator,
                                    std::size_t most = static_cast<std::size_t>(-1));

/// Whether one of `parts` stands in `text`, ignoring case.
bool contains_any(std::string_view text, std::span<const std::string_view> parts);

/// Two letters as upper case; empty where `text` is no country code.
std::string country_code(std::string_view text);

/// UTF-8 as it is; else the text is taken for Latin-1 (ISO 8859-1) and converted.
std::string to_utf8(std::string_view text);

}  // namespace badclients::network
