#include "admin/setup/template.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace badclients::admin::setup {

namespace {

/// With its LF.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
  const auto line = text.substr(0, end);
  text.remove_prefix(end);
  return line;
}

std::string_view without_head(std::string_view text) {
  while (text.starts_with('#')) take_line(text);
  while (text.starts_with('\n')) take_line(text);
  return text;
}

/// "  port = 4001" -> "port"; empty for comments and what is no setting.
std::string_view setting_of(std::string_view line) {
  const auto equals = line.find('=');
  const auto name = base::trimmed(line.substr(0, equals));
  return equals == std::string_view::npos || name.starts_with('#') ? std::string_view{} : name;
}

}  // namespace

tl::expected<std::string, std::string> fill(std::string_view text,
                                            const std::map<std::string, std::string>& values) {
  text = without_head(text);
  std::string filled;
  std::map<std::string, int> seen;
  while (!text.empty()) {
    const auto line = take_line(text);
    const std::string name{setting_of(line)};
    if (const auto value = values.find(name); value != values.end()) {
      filled += fmt::format("{}= {}\n", line.substr(0, line.find('=')), value->second);
      ++seen[name];
    } else if (const auto whole = values.find("!" + name); whole != values.end()) {
      filled += whole->second + "\n";
      ++seen[whole->first];
    } else {
      filled += line;
    }
  }
  for (const auto& [name, value] : values) {
    if (seen[name] != 1) {
      return tl::unexpected(fmt::format("{} stands there {} times", name, seen[name]));
    }
  }
  return filled;
}

tl::expected<std::string, std::string> uncomment(std::string_view text, std::string_view comment,
                                                 std::string_view value) {
  std::string changed;
  int seen = 0;
  while (!text.empty()) {
    const auto line = take_line(text);
    const bool is_it = base::trimmed(line, " \t\n") == comment;
    seen += is_it ? 1 : 0;
    changed += is_it ? std::string(value) + "\n" : std::string(line);
  }
  if (seen == 1) return changed;
  return tl::unexpected(fmt::format("{} stands there {} times", comment, seen));
}

tl::expected<std::string, std::string> block_of(std::string_view text, std::string_view name,
                                                std::string_view holding) {
  std::string block;
  bool inside = false, found = false;
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto bare = base::trimmed(line, " \t\n");
    if (bare == fmt::format("{} {{", name)) {
      inside = true;
      block.clear();
    }
    if (!inside) continue;
    block += line;
    found |= bare == holding;
    if (bare != "}") continue;
    if (found) return block;
    inside = false;
  }
  return tl::unexpected(fmt::format("there is no block {} with {}", name, holding));
}

}  // namespace badclients::admin::setup
