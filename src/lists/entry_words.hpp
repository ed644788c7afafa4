#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "lists/remark.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// The canonical form of an entry, or why it is none.
using Canonical = tl::expected<std::string, std::string>;

/// Reads one entry of a field whose entries are words (all but ip_net and the patterns), without
/// what may stand behind it. Warnings and notes go to `remarks`.
Canonical read_word(Field field, std::string_view word, Remarks& remarks);

/// Whether a word is a country code of badclients-lists(5), in upper case.
bool is_country_code(std::string_view word);

}  // namespace badclients::lists
