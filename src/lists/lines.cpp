#include "lists/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

constexpr std::size_t longest_line = 4096;

}  // namespace

SourceText::SourceText(std::string text)
    : text_(std::move(text)),
      size_(text_.size()),
      has_line_feed_(text_.find('\n') != std::string::npos) {}

SourceText::SourceText(int descriptor, std::uint64_t offset, std::uint64_t size, bool has_line_feed)
    : descriptor_(descriptor), offset_(offset), size_(size), has_line_feed_(has_line_feed) {}

std::string_view SourceText::from(std::uint64_t at) {
  if (at >= size_) return {};
  if (descriptor_ < 0) return std::string_view(text_).substr(at);
  text_.resize(std::min<std::uint64_t>(block_size, size_ - at));
  text_.resize(read_at(descriptor_, text_.data(), text_.size(), offset_ + at));
  return text_;
}

LineReader::LineReader(SourceText text)
    : text_(std::move(text)), end_of_line_(text_.has_line_feed() ? '\n' : '\r') {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (load() && rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

bool LineReader::load() {
  rest_ = text_.from(loaded_);
  loaded_ += rest_.size();
  return !rest_.empty();
}

/// Keeps the next `length` bytes: they begin or continue a split line.
void LineReader::split_off(std::size_t length) {
  constexpr auto most = longest_line + 2;  // enough to see that it is too long
  split_ += rest_.substr(0, std::min(length, most - std::min(split_.size(), most)));
  rest_.remove_prefix(length);
}

std::optional<Line> LineReader::next() {
  split_.clear();
  if (rest_.empty() && !load()) return std::nullopt;
  auto end = rest_.find(end_of_line_);
  const bool whole = end != std::string_view::npos;
  auto text = rest_.substr(0, end);
  if (whole) {
    rest_.remove_prefix(end + 1);
  } else {
    do {
      split_off(rest_.size());
      if (!load()) break;
      end = rest_.find(end_of_line_);
    } while (end == std::string_view::npos);
    if (!rest_.empty()) {
      split_off(end);
      rest_.remove_prefix(1);
    }
    text = split_;
  }
  while (text.ends_with('\r')) text.remove_suffix(1);
  return Line{++number_, text};
}

std::optional<std::string> line_fault(std::string_view line) {
  if (line.size() > longest_line) {
    return fmt::format("the line is longer than {} bytes", longest_line);
  }
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      return fmt::format("the line has a control character in it (byte 0x{:02x})", byte);
    }
  }
  return std::nullopt;
}

}  // namespace badclients::lists
