#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.hpp"

/// Small steps of reading what registries write. ASCII only: no locale has a say.
namespace badclients::network {

/// Without the spaces, tabs and carriage returns around it.
std::string_view trim(std::string_view text);

/// The trimmed fields between `separator`s, at most `most` (the last one holds the rest).
std::vector<std::string_view> split(std::string_view text, char separator,
                                    std::size_t most = static_cast<std::size_t>(-1));

/// The parts between spaces, tabs and commas; none of them empty.
std::vector<std::string_view> words(std::string_view text);

std::string lower(std::string_view text);
/// Whether `part` (lower case) stands in `text`, ignoring case.
bool contains(std::string_view text, std::string_view part);
bool contains_any(std::string_view text, std::span<const std::string_view> parts);

/// Two letters as upper case; empty where `text` is no country code.
std::string country_code(std::string_view text);

/// UTF-8 as it is; else the text is taken for Latin-1 (ISO 8859-1) and converted.
std::string to_utf8(std::string_view text);

}  // namespace badclients::network
