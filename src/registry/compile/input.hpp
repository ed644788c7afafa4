#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::registry {

/// Lines of a file that a stranger wrote, compressed with gzip (RFC 1952) or not: whichever it is.
/// By zlib's inflate(): its gzread() passes over rubbish behind a file, as libarchive does, which
/// does not compare the checksum either.
class Input {
 public:
  /// Longer lines are cut to this length.
  static constexpr std::size_t longest_line = 64 * 1024;

  /// Told how many bytes of the file have been read so far. May be empty.
  using Progress = std::function<void(std::uint64_t bytes)>;

  /// Reads `descriptor` from where it stands; it stays open. `most_text`: a file that holds more,
  /// after decompression, is an error.
  Input(int descriptor, std::uint64_t most_text, Progress progress = {});
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  /// The next line, without its end; valid until the next call. Nothing at the end of the file.
  /// Error: a half-sentence: the file is cut short, damaged, too large, or cannot be read. For
  /// good: the next call says the same.
  tl::expected<std::optional<std::string_view>, std::string> next();

  /// Of the line that next() returned last; the first is 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  /// Whether the last line had an end.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  struct Inflation;
  bool fail(std::string why);
  bool fetch();
  bool refill();
  bool inflate();

  int descriptor_;
  std::uint64_t text_left_, bytes_read_ = 0;
  Progress progress_;
  std::vector<char> raw_;  ///< as read
  std::size_t raw_begin_ = 0, raw_end_ = 0;
  std::vector<char> text_;  ///< decompressed
  std::size_t begin_ = 0, end_ = 0;
  std::unique_ptr<Inflation> inflation_;  ///< nothing: not compressed
  std::string long_line_;
  std::string error_;
  bool started_ = false, at_end_ = false, complete_ = true;
  std::uint64_t line_ = 0;
};

}  // namespace badclients::registry
