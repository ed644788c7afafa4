#include "config/effective.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/ini.hpp"
#include "config/table.hpp"

namespace badclients::config {

namespace {

/// Whether the key's setter takes `value`.
bool is_good(const Row& row, std::string_view value, std::string_view folder) {
  Config scratch;
  return std::ranges::none_of(row.set(scratch, value, folder), [](const Fault& fault) {
    return fault.severity == Problem::Severity::error;
  });
}

}  // namespace

std::vector<Effective> effective(std::string_view text, const std::string& name) {
  const auto rows = table();
  std::vector<Effective> all;
  for (const auto& row : rows) {
    const auto& key = row.key;
    const std::string value{key.default_text};
    all.push_back(
        {std::string(key.section), std::string(key.name), value, value, 0, key.from_original});
  }
  const auto folder = std::string_view(name).substr(0, name.rfind('/') + 1);
  std::string section = "general";
  for (const auto& line : split_ini(text)) {
    if (line.kind == IniLine::Kind::section) section = base::lowered(line.name);
    if (line.kind != IniLine::Kind::setting) continue;
    const auto key = base::lowered(line.name);
    const auto row = std::ranges::find_if(rows, [&](const Row& candidate) {
      return candidate.key.section == section && candidate.key.name == key;
    });
    if (row == rows.end()) continue;
    const auto value =
        row->comment_allowed ? without_comment(line.value) : base::trimmed(line.value);
    if (!is_good(*row, value, folder)) continue;
    auto& found = all[static_cast<std::size_t>(row - rows.begin())];
    found.value = value;
    found.line = line.number;
  }
  const auto loaded = parse(text, name);
  if (loaded.config.general.mode == Mode::monitor) {
    std::ranges::find(all, "mode", &Effective::name)->value = "monitor";
  }
  for (const auto& update : loaded.config.update) {
    all.push_back({"update", update.list, update.source, {}, update.line, false});
  }
  return all;
}

}  // namespace badclients::config
