#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lists/dependencies.hpp"
#include "lists/lines.hpp"
#include "lists/remark.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// A list or client file while it is read: its text, its number, and reports to the sink about what
/// is wrong with it.
class SourceFile {
 public:
  using Severity = config::Problem::Severity;

  /// `path`: relative to `root` (list_path), or absolute. A file that cannot be read is reported,
  /// and says what it said last, or nothing. A missing file is reported only if it is `required`; a
  /// hidden one is reported for its folder. `sink` must outlive the result.
  static std::optional<SourceFile> open(RuleSink& sink, Dependencies& dependencies,
                                        const std::string& root, const std::string& path,
                                        bool required);

  /// All lines, blank ones and comments too. Call it once.
  [[nodiscard]] LineReader lines() { return LineReader{std::move(text_)}; }
  /// The path that was opened.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// As RuleSink::add_file.
  [[nodiscard]] std::uint32_t index() const { return index_; }

  /// Reports something about a line (0: about the whole file). After 10,000 of a severity further
  /// ones are only counted: a file of another kind, a picture, has a fault in every line.
  void report(Severity severity, std::uint32_t line, std::string text);
  void report(const Remark& remark, std::uint32_t line);
  /// Reports how many were only counted. Call it when the file has been read.
  void finish();

  /// Errors so far.
  [[nodiscard]] std::uint64_t errors() const { return count(Severity::error); }

 private:
  SourceFile(RuleSink& sink, std::string path, SourceText text, std::uint32_t index);

  RuleSink* sink_;
  std::string path_;
  SourceText text_;
  std::uint32_t index_;
  [[nodiscard]] std::uint64_t count(Severity severity) const {
    return reported_[static_cast<std::size_t>(severity)];
  }

  std::array<std::uint64_t, 3> reported_{};  // of each severity
};

/// "cannot be read: Permission denied; what it said at ... counts"
std::string unread_text(const FileError& error, const std::optional<TimePoint>& kept);

/// "LIST_PATH/ip_net.deny.lst"; an absolute path stays.
std::string full_path(const std::string& root, const std::string& path);

}  // namespace badclients::lists
