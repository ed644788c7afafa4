#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lists/file.hpp"
#include "lists/remark.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// A list or client file while it is read into a RuleBook: its text, its place in
/// RuleBook::files, and the way for what is wrong with it into RuleBook::problems.
class SourceFile {
 public:
  using Severity = config::Problem::Severity;

  /// `path`: relative to `root` (list_path), or absolute. What cannot be read is reported and gives
  /// nothing; what is missing gives nothing, and is only reported where it is `required`. `book`
  /// must outlive the result.
  static std::optional<SourceFile> open(RuleBook& book, const std::string& root,
                                        const std::string& path, bool required);

  /// Lines; blank ones and comments too.
  [[nodiscard]] LineReader lines() const { return LineReader{text_}; }
  /// As opened.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Index into RuleBook::files.
  [[nodiscard]] std::uint32_t index() const { return index_; }

  /// Reports something about a line (0: the file as a whole). A file of another kind, a picture,
  /// has something wrong in every line: after 10,000 of a severity they are only counted.
  void report(Severity severity, std::uint32_t line, std::string text);
  void report(const Remark& remark, std::uint32_t line);
  /// Reports how many were only counted. To be called when the file has been read.
  void finish();

  /// Errors so far.
  [[nodiscard]] std::uint64_t errors() const { return count(Severity::error); }

 private:
  SourceFile(RuleBook& book, std::string path, std::string text, std::uint32_t index);

  RuleBook* book_;
  std::string path_;
  std::string text_;
  std::uint32_t index_;
  [[nodiscard]] std::uint64_t count(Severity severity) const {
    return reported_[static_cast<std::size_t>(severity)];
  }

  std::array<std::uint64_t, 3> reported_{};  // of each severity
};

/// "LIST_PATH/ip_net.deny.lst"; what is absolute stays.
std::string full_path(const std::string& root, const std::string& path);

}  // namespace badclients::lists
