#include "registry/compile/input.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/file.hpp"

namespace badclients::registry {

namespace {

constexpr std::size_t buffer_size = std::size_t{256} * 1024;

bool is_gzip(std::string_view text) {
  return text.starts_with("\x1f\x8b");
}

}  // namespace

/// One gzip file: members, one behind the other (RFC 1952 section 2.2).
struct Input::Inflation {
  Inflation() {
    constexpr int gzip_only = 15 + 16;
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::runtime_error("zlib: no start");
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream); }

  z_stream stream{};
  bool inside = false;  ///< a member has begun
};

Input::Input(int descriptor, std::uint64_t most_text, Progress progress)
    : descriptor_(descriptor),
      text_left_(most_text),
      progress_(std::move(progress)),
      raw_(buffer_size),
      text_(buffer_size) {}

Input::~Input() = default;

bool Input::fail(std::string why) {
  error_ = std::move(why);
  return false;
}

/// More of the file into `raw_`; false at its end, or with error_.
bool Input::fetch() {
  const auto count = base::read_some(descriptor_, raw_);
  if (count < 0) return fail(std::strerror(errno));
  raw_begin_ = 0;
  raw_end_ = static_cast<std::size_t>(count);
  bytes_read_ += raw_end_;
  if (progress_) progress_(bytes_read_);
  return count > 0;
}

/// `raw_` into `text_`; false at the end of the file, or with error_.
bool Input::inflate() {
  auto& stream = inflation_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(text_.data());
  stream.avail_out = static_cast<uInt>(text_.size());
  while (stream.avail_out == text_.size()) {
    if (raw_begin_ == raw_end_ && !fetch()) {
      if (error_.empty() && inflation_->inside) fail("it is cut short");
      return false;
    }
    inflation_->inside = true;
    stream.next_in = reinterpret_cast<Bytef*>(raw_.data() + raw_begin_);
    stream.avail_in = static_cast<uInt>(raw_end_ - raw_begin_);
    const int result = ::inflate(&stream, Z_NO_FLUSH);
    raw_begin_ = raw_end_ - stream.avail_in;
    if (result == Z_STREAM_END) {
      inflation_->inside = false;
      inflateReset(&stream);
    } else if (result != Z_OK) {
      return fail(
          fmt::format("it is damaged ({})", stream.msg != nullptr ? stream.msg : "no gzip data"));
    }
  }
  end_ = text_.size() - stream.avail_out;
  return true;
}

/// The next part of the text into `text_`; false at the end, or with error_.
bool Input::refill() {
  begin_ = end_ = 0;
  if (!started_) {
    started_ = true;
    if (!fetch()) return false;
    if (is_gzip({raw_.data(), raw_end_})) inflation_ = std::make_unique<Inflation>();
  }
  if (inflation_) {
    if (!inflate()) return false;
  } else {
    if (raw_begin_ == raw_end_ && !fetch()) return false;
    std::swap(raw_, text_);
    begin_ = raw_begin_;
    end_ = raw_end_;
    raw_begin_ = raw_end_ = 0;
  }
  if (end_ - begin_ > text_left_) return fail("it is larger than such a file ever is");
  text_left_ -= end_ - begin_;
  return true;
}

tl::expected<std::optional<std::string_view>, std::string> Input::next() {
  long_line_.clear();
  for (bool begun = false;;) {
    if (begin_ == end_ && !at_end_ && error_.empty()) at_end_ = !refill();
    if (!error_.empty()) return tl::unexpected(error_);
    if (at_end_) {
      if (!begun) return std::nullopt;
      complete_ = false;
      ++line_;
      return long_line_;
    }
    const std::string_view text{text_.data() + begin_, end_ - begin_};
    const auto end = text.find('\n');
    begin_ += std::min(end, text.size() - 1) + 1;
    if (!begun && end != std::string_view::npos) {
      ++line_;
      return text.substr(0, std::min(end, longest_line));
    }
    begun = true;
    const auto part = text.substr(0, end);
    long_line_ += part.substr(0, longest_line - long_line_.size());
    if (end != std::string_view::npos) {
      ++line_;
      return long_line_;
    }
  }
}

}  // namespace badclients::registry
