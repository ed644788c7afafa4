#include "admin/csv.hpp"

#include "admin/terminal.hpp"

namespace badclients::admin {

std::string csv_cell(std::string_view text) {
  auto shown = printable(text);
  constexpr std::string_view formula = "=+-@";
  if (!shown.empty() && formula.find(shown.front()) != std::string_view::npos) shown.insert(0, "'");
  if (shown.find_first_of("\",") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

}  // namespace badclients::admin
