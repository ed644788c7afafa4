#pragma once

#include <string>
#include <string_view>

namespace badclients::admin {

/// A text as a value of a line of comma-separated values (RFC 4180), printable. What a spreadsheet
/// would take for a formula is made a text by the apostrophe that spreadsheets themselves put
/// before such texts.
std::string csv_cell(std::string_view text);

}  // namespace badclients::admin
