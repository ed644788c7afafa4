#include "lists/name_file.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using config::quote;
using Severity = config::Problem::Severity;

/// Why `text`, a line that is not blank, is no name; empty: it is one, with or without a comment.
std::string fault_of_name(std::string_view line, std::string_view text) {
  if (auto fault = line_fault(line)) return std::move(*fault);
  const auto name = first_word(text);
  if (name.starts_with('@'))
    return fmt::format("{}: no file of names leads to another", quote(text));
  if (name.starts_with('\'') || name.starts_with('"')) {
    return fmt::format("{}: names are written without quotes, and compared whole", quote(text));
  }
  const auto rest = trimmed(text.substr(name.size()));
  if (rest.empty() || is_comment(rest)) return {};
  return fmt::format("{} is more than one name: write one a line", quote(text));
}

/// Whether it looks like a pattern, or several names.
bool is_doubtful(std::string_view name) {
  return name.find_first_of("*%,;[]") != std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> name_file_of(std::string_view text) {
  if (!text.starts_with('@')) return std::nullopt;
  return text.substr(1);
}

NameFiles::NameFiles(std::string root, Dependencies& dependencies, RuleSink& sink)
    : root_(std::move(root)), dependencies_(dependencies), sink_(sink) {}

const NameFiles::Names& NameFiles::read(const std::string& path) {
  const auto [found, fresh] = files_.try_emplace(path);
  auto& names = found->second;
  if (!fresh) return names;
  auto file = SourceFile::open(sink_, dependencies_, root_, path, true);
  if (!file) return names;
  names.readable = true;
  names.file = file->index();
  auto all = std::make_shared<NameList>();
  all->path = path;
  auto lines = file->lines();
  while (const auto line = lines.next()) {
    const auto text = trimmed(line->text);
    if (text.empty() || is_comment(text)) continue;
    if (auto fault = fault_of_name(line->text, text); !fault.empty()) {
      file->report(Severity::error, line->number, std::move(fault));
      continue;
    }
    const auto name = first_word(text);
    if (is_doubtful(name)) {
      file->report(
          Severity::warning, line->number,
          fmt::format("{} is compared whole: it is no pattern, and one name", quote(name)));
    }
    names.lines.push_back(line->number);
    all->names.push_back(lowered(name));
  }
  names.all = std::move(all);
  names.errors = file->errors();
  file->finish();
  return names;
}

}  // namespace badclients::lists
