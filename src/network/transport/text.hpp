#pragma once

#include <span>
#include <string_view>

#include "base/text.hpp"
#include "base/utf8.hpp"

/// Small steps of reading what registries write.
namespace badclients::network {

using base::contains;
using base::country_code;
using base::lowered;
using base::split;
using base::to_utf8;
using base::trimmed;
using base::words;

/// Whether one of `parts` stands in `text`, ignoring case.
bool contains_any(std::string_view text, std::span<const std::string_view> parts);

}  // namespace badclients::network
