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

SourceFile::SourceFile(RuleBook& book, std::string path, std::string text, std::uint32_t index)
    : book_(&book), path_(std::move(path)), text_(std::move(text)), index_(index) {}

std::optional<SourceFile> SourceFile::open(RuleBook& book, const std::string& root,
                                           const std::string& path, bool required) {
  auto full = full_path(root, path);
  const auto report_all = [&](std::string what) {
    book.problems.push_back({Severity::error, full, 0, std::move(what)});
    return std::nullopt;
  };
  auto text = book.sources.read_file(full, required);
  if (!text) {
    if (text.error().missing && !required) return std::nullopt;
    return report_all(fmt::format("cannot be read: {}", text.error().reason));
  }
  if (auto fault = text_fault(*text)) return report_all(std::move(*fault));

  const auto index = static_cast<std::uint32_t>(book.files.size());
  book.files.push_back(path);
  return SourceFile{book, std::move(full), std::move(*text), index};
}

void SourceFile::report(Severity severity, std::uint32_t line, std::string text) {
  if (++reported_[static_cast<std::size_t>(severity)] > most_reported) return;
  book_->problems.push_back({severity, path_, line, std::move(text)});
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
    book_->problems.push_back({severity, path_, 0, text});
  };
  sum_up(Severity::error, "errors");
  sum_up(Severity::warning, "warnings");
  sum_up(Severity::note, "notes");
  reported_ = {};
}

}  // namespace badclients::lists
