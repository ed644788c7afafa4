#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/ini.hpp"
#include "config/nearest.hpp"
#include "config/table.hpp"
#include "config/values.hpp"

namespace badclients::config {

namespace {

using Severity = Problem::Severity;

/// The section whose keys the administrator makes up.
constexpr std::string_view update_section = "update";

bool is_section(std::string_view name) {
  return name == update_section ||
         std::ranges::any_of(table(), [&](const Row& row) { return row.key.section == name; });
}

std::string unknown_section(std::string_view name) {
  Nearest nearest(name);
  for (const auto& row : table()) nearest.offer(row.key.section);
  nearest.offer(update_section);
  const auto hint =
      nearest.name().empty() ? std::string() : fmt::format(" (did you mean [{}]?)", nearest.name());
  return fmt::format("{} is no section of this file{}; its keys have no effect", quoted(name),
                     hint);
}

std::string unknown_key(std::string_view section, std::string_view name) {
  std::string_view elsewhere;
  Nearest nearest(name);
  for (const auto& row : table()) {
    if (row.key.section == section) nearest.offer(row.key.name);
    if (row.key.name == name && elsewhere.empty()) elsewhere = row.key.section;
  }
  std::string hint;
  if (!elsewhere.empty()) {
    hint = fmt::format(" (it belongs in [{}])", elsewhere);
  } else if (!nearest.name().empty()) {
    hint = fmt::format(" (did you mean {}?)", nearest.name());
  }
  return fmt::format("{} is no key of [{}]{}", quoted(name), section, hint);
}

class Parser {
 public:
  explicit Parser(const std::string& file)
      : file_(file), folder_(file.substr(0, file.rfind('/') + 1)), seen_(table().size()) {}

  void line(const IniLine& line) {
    switch (line.kind) {
      case IniLine::Kind::section:
        section_ = lower(line.name);
        known_section_ = is_section(section_);
        if (!known_section_) report(line, Severity::error, unknown_section(line.name));
        break;
      case IniLine::Kind::setting:
        if (section_ == update_section) {
          update(line);
        } else if (known_section_) {
          setting(line);
        }
        break;
      case IniLine::Kind::neither:
        report(line, Severity::error,
               fmt::format("{} is neither [section] nor key = value", quoted(line.name)));
        break;
    }
  }

  void report(const IniLine& line, Severity severity, std::string text) {
    loaded_.problems.push_back({severity, file_, line.number, std::move(text)});
  }

  Loaded take() { return std::move(loaded_); }

 private:
  void update(const IniLine& line) {
    auto& updates = loaded_.config.update;
    const auto before = std::ranges::find(updates, line.name, &Config::Update::list);
    if (before != updates.end()) {
      report(line, Severity::warning,
             fmt::format("update/{}: takes the place of line {}", line.name, before->line));
      updates.erase(before);
    }
    updates.push_back(
        {std::string(line.name), std::string(without_comment(line.value)), line.number});
  }

  void setting(const IniLine& line) {
    const auto name = lower(line.name);
    const auto rows = table();
    const auto row = std::ranges::find_if(rows, [&](const Row& candidate) {
      return candidate.key.name == name && candidate.key.section == section_;
    });
    if (row == rows.end()) return report(line, Severity::error, unknown_key(section_, line.name));

    const auto value = row->comment_allowed ? without_comment(line.value) : trimmed(line.value);
    bool good = true;
    for (auto& fault : row->set(loaded_.config, value, folder_)) {
      good &= fault.severity != Severity::error;
      report(line, fault.severity, fmt::format("{}/{}: {}", section_, name, fault.text));
    }
    auto& before = seen_[static_cast<std::size_t>(row - rows.begin())];
    if (good && before != 0) {
      report(line, Severity::warning,
             fmt::format("{}/{}: takes the place of line {}", section_, name, before));
    }
    if (good) before = line.number;
  }

  const std::string& file_;
  std::string folder_;
  std::string section_ = "general";
  bool known_section_ = true;
  std::vector<unsigned> seen_;  ///< for each row of the table the line that counts; 0: none
  Loaded loaded_;
};

}  // namespace

Loaded parse(std::string_view text, const std::string& name) {
  Parser parser(name);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    parser.report({}, Severity::error, "is UTF-16; save it as UTF-8");
    return parser.take();
  }
  for (const auto& line : split_ini(text)) parser.line(line);
  return parser.take();
}

std::string_view default_helper() {
  return BADCLIENTS_HELPER;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> result;
    for (const auto& row : table()) result.push_back(row.key);
    return result;
  }();
  return all;
}

}  // namespace badclients::config
