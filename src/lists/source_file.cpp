#include "lists/source_file.hpp"

#include <fmt/format.h>

#include <utility>

namespace badclients::lists {

namespace {

constexpr std::uint64_t most_reported = 10'000;

}  // namespace

std::string full_path(const std::string& root, const std::string& path) {
  return path.starts_with('/') ? path : root + "/" + path;
}

std::string unread_text(const FileError& error, const std::optional<TimePoint>& kept) {
  auto text = fmt::format("cannot be read: {}", error.reason);
  if (kept) text += fmt::format("; what it said at {} counts", date_and_time(*kept));
  return text;
}

SourceFile::SourceFile(RuleSink& sink, std::string path, SourceText text, std::uint32_t index)
    : sink_(&sink), path_(std::move(path)), text_(std::move(text)), index_(index) {}

std::optional<SourceFile> SourceFile::open(RuleSink& sink, Dependencies& dependencies,
                                           const std::string& root, const std::string& path,
                                           bool required) {
  auto full = full_path(root, path);
  auto reading = dependencies.file(full, required);
  if (reading.error && (required || reading.error->is_told_here())) {
    sink.report({Severity::error, full, 0, unread_text(*reading.error, reading.kept)});
  }
  if (!reading.value) return std::nullopt;
  const auto index = sink.add_file(path);
  return SourceFile{sink, std::move(full), std::move(*reading.value), index};
}

void SourceFile::report(Severity severity, std::uint32_t line, std::string text) {
  if (++reported_[static_cast<std::size_t>(severity)] > most_reported) return;
  sink_->report({severity, path_, line, std::move(text)});
}

void SourceFile::report(const Remark& remark, std::uint32_t line) {
  report(remark.severity, line, remark.text);
}

void SourceFile::finish() {
  const auto sum_up = [this](Severity severity, const char* what) {
    const auto all = count(severity);
    if (all <= most_reported) return;
    const auto text =
        fmt::format("{} more {} in this file, {} in all", all - most_reported, what, all);
    sink_->report({severity, path_, 0, text});
  };
  sum_up(Severity::error, "errors");
  sum_up(Severity::warning, "warnings");
  sum_up(Severity::note, "notes");
  reported_ = {};
}

}  // namespace badclients::lists
