#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Making text fit for a terminal that somebody reads.
namespace badclients::admin {

/// Foreign text as it may be shown: whatever acts on a terminal instead of being displayed, and
/// bytes that are not UTF-8, as \xHH (audit/escape.hpp). So nobody's reverse name can move the
/// cursor or hide a line.
std::string printable(std::string_view text);

/// JSON for a program, which may be shown on a terminal all the same: what is not ASCII is written
/// \uXXXX, so that the values are the same. Bytes that are not UTF-8 become U+FFFD. Ends with a
/// line end.
std::string json_text(const nlohmann::ordered_json& json);

/// Null for an empty text, and for no time; a time as timestamp() has it.
nlohmann::ordered_json or_null(const std::string& text);
nlohmann::ordered_json or_null(const std::optional<std::chrono::system_clock::time_point>& time);

/// How many columns `printable` text takes: its code points. (Wide and combining characters are
/// rare in registries; a table may then be a column off.)
std::size_t columns(std::string_view text);

/// Columns as wide as their widest cell (`widest` at most), two blanks apart, without blanks at the
/// ends of lines; cells are printable. The last cell of a row counts for no width.
std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent = "",
                  std::size_t widest = std::string::npos);

/// "45 s", "12 min", "3 h", "2 d": a length of time, rounded down to its largest unit. Negative
/// lengths are "0 s".
std::string about(std::chrono::seconds length);

/// "1 list", "12 lists".
std::string counted(std::uint64_t number, const char* one, const char* many);

/// "2025-07-04T12:00:00Z" (RFC 3339).
std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace badclients::admin
