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
  if (severity == Severity::error) ++errors_;
  if (++reported_ > most_reported) return;
  book_->problems.push_back({severity, path_, line, std::move(text)});
}

void SourceFile::report(const Remark& remark, std::uint32_t line) {
  report(remark.severity, line, remark.text);
}

void SourceFile::finish() {
  if (reported_ <= most_reported) return;
  book_->problems.push_back({Severity::error, path_, 0,
                             fmt::format("{} more problems in this file, {} errors in all: is it a "
                                         "list?",
                                         reported_ - most_reported, errors_)});
  reported_ = 0;
}

}  // namespace badclients::lists
