#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
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

std::string_view nearest_section(std::string_view name) {
  Nearest nearest(name);
  for (const auto& row : table()) nearest.offer(row.key.section);
  nearest.offer(update_section);
  return nearest.name();
}

std::string unknown_section(std::string_view name) {
  const auto nearest = nearest_section(name);
  const auto hint = nearest.empty() ? std::string() : fmt::format(" (did you mean [{}]?)", nearest);
  return fmt::format("{} is no section of this file{}; its keys have no effect", quote(name), hint);
}

std::string unknown_key(std::string_view section, std::string_view name) {
  std::string_view elsewhere, longer;
  Nearest nearest(name);
  constexpr std::size_t telling = 3;  // characters
  for (const auto& row : table()) {
    const auto key = row.key.name;
    if (key == name && elsewhere.empty()) elsewhere = row.key.section;
    if (row.key.section != section) continue;
    nearest.offer(key);
    // `ripe` for ripencc, `asn` for geo_asn.
    const bool part = key.starts_with(base::lowered(name)) || key.ends_with(base::lowered(name));
    if (part && name.size() >= telling && longer.empty()) longer = key;
  }
  std::string hint;
  if (!elsewhere.empty()) {
    hint = fmt::format(" (it belongs in [{}])", elsewhere);
  } else if (!longer.empty() || !nearest.name().empty()) {
    hint = fmt::format(" (did you mean {}?)", longer.empty() ? nearest.name() : longer);
  }
  return fmt::format("{} is no key of [{}]{}", quote(name), section, hint);
}

bool is_in_quotes(std::string_view value) {
  return value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
         value.back() == value.front();
}

/// Whether a setting that has no effect where it stands was meant for general/mode. A slip of the
/// pen must not refuse anybody: it counts as `monitor`, unless it says `enforce`.
bool is_meant_for_mode(std::string_view section, std::string_view name, std::string_view value) {
  const auto key = base::lowered(name);
  if (base::lowered(value) == "enforce") return false;
  if (key == "mode" || is_near(key, "monitor") || is_near(value, "monitor")) return true;
  Nearest nearest(key);
  for (const auto& row : table()) {
    if (row.key.section == section || !is_section(section)) nearest.offer(row.key.name);
  }
  return nearest.name() == "mode";
}

class Parser {
 public:
  explicit Parser(const std::string& file)
      : file_(file), folder_(file.substr(0, file.rfind('/') + 1)), seen_(table().size()) {}

  void line(const IniLine& line) {
    switch (line.kind) {
      case IniLine::Kind::section:
        section_ = base::lowered(line.name);
        known_section_ = is_section(section_);
        if (!known_section_) section_unknown(line);
        break;
      case IniLine::Kind::setting:
        if (section_ == update_section) {
          update(line);
        } else if (known_section_) {
          setting(line);
        } else {
          stray_setting(line);
        }
        break;
      case IniLine::Kind::neither:
        neither(line);
        break;
    }
  }

  void report(const IniLine& line, Severity severity, std::string text) {
    loaded_.problems.push_back({severity, file_, line.number, std::move(text)});
  }

  Loaded take() {
    // Where the mode stands elsewhere, a section's name says nothing about it.
    if (misspelt_general_ != 0 && !mode_given_ && !slipped_) {
      warn_of_monitor(misspelt_general_, "a section that is misspelt may have the mode");
    }
    return std::move(loaded_);
  }

  /// What was meant for general/mode, and is wrong: `why`. It counts as `monitor`.
  void slip(const IniLine& line, std::string_view why) { warn_of_monitor(line.number, why); }

 private:
  /// Before all other problems, for a login names only the first.
  void warn_of_monitor(unsigned line, std::string_view why) {
    loaded_.config.general.mode = Mode::monitor;
    slipped_ = true;
    loaded_.problems.insert(
        loaded_.problems.begin(),
        {Severity::error, file_, line,
         fmt::format("{}: mode counts as monitor, and nobody is refused", why)});
  }

  void section_unknown(const IniLine& line) {
    report(line, Severity::error, unknown_section(line.name));
    if (misspelt_general_ == 0 && nearest_section(section_) == "general") {
      misspelt_general_ = line.number;
    }
  }

  /// In a section that is none.
  void stray_setting(const IniLine& line) {
    if (is_meant_for_mode(section_, line.name, without_comment(line.value))) {
      slip(line, fmt::format("{} stands in a section that is none", quote(line.name)));
    }
    mode_given_ |= base::lowered(line.name) == "mode";
  }

  void neither(const IniLine& line) {
    const auto text = fmt::format("{} is neither [section] nor key = value", quote(line.name));
    const auto end = line.name.find_first_of(": \t");
    const auto rest = end == std::string_view::npos ? "" : line.name.substr(end + 1);
    if (section_ != update_section &&
        is_meant_for_mode("general", line.name.substr(0, end), base::trimmed(rest))) {
      return slip(line, text);
    }
    report(line, Severity::error, text);
  }

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
    const auto name = base::lowered(line.name);
    const auto rows = table();
    const auto row = std::ranges::find_if(rows, [&](const Row& candidate) {
      return candidate.key.name == name && candidate.key.section == section_;
    });
    if (row == rows.end()) {
      const auto text = unknown_key(section_, line.name);
      if (is_meant_for_mode(section_, name, without_comment(line.value))) return slip(line, text);
      return report(line, Severity::error, text);
    }

    const auto value =
        row->comment_allowed ? without_comment(line.value) : base::trimmed(line.value);
    const bool is_mode = section_ == "general" && name == "mode";
    bool good = true;
    for (const auto& fault : row->set(loaded_.config, value, folder_)) {
      auto text = fmt::format("{}/{}: {}", section_, name, fault.text);
      good &= fault.severity != Severity::error;
      if (!good && is_in_quotes(value)) text += " (write it without quotes)";
      if (is_mode && !good) {
        slip(line, text);
      } else {
        report(line, fault.severity, std::move(text));
      }
    }
    mode_given_ |= is_mode;
    if (is_mode && slipped_) loaded_.config.general.mode = Mode::monitor;
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
  unsigned misspelt_general_ = 0;  ///< the first line with such a section; 0: none
  bool mode_given_ = false, slipped_ = false;
  std::vector<unsigned> seen_;  ///< for each row of the table the line that counts; 0: none
  Loaded loaded_;
};

}  // namespace

Loaded parse(std::string_view text, const std::string& name) {
  Parser parser(name);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    parser.slip({}, "is UTF-16; save it as UTF-8");
    return parser.take();
  }
  for (const auto& line : split_ini(text)) parser.line(line);
  return parser.take();
}

std::string_view default_helper() {
  return BADCLIENTS_HELPER;
}

}  // namespace badclients::config
