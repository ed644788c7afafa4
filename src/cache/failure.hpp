#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "facts/facts.hpp"

namespace badclients::cache {

/// A failure as the value of a row: its cause and, behind a TAB, its trouble. A text without a TAB
/// is a trouble that nothing more is known of.
std::string encode_failure(facts::Cause cause, std::string_view trouble);
std::pair<facts::Cause, std::string> decode_failure(std::string_view text);

}  // namespace badclients::cache
