#include "logs/lines.hpp"

#include <archive.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/file.hpp"

namespace badclients::logs {

namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr std::size_t block_size = 256 * 1024;

std::string reason(archive* reader) {
  const auto* text = archive_error_string(reader);
  return text != nullptr ? text : "it cannot be read";
}

}  // namespace

void Lines::Close::operator()(archive* reader) const {
  archive_read_free(reader);
}

Lines::Lines(base::Descriptor file) : file_(std::move(file)), reader_(archive_read_new()) {}

tl::expected<Lines, std::string> Lines::from(base::Descriptor file) {
  Lines lines{std::move(file)};
  auto* reader = lines.reader_.get();
  // Not archive_read_support_filter_all: some of those start programs.
  for (const auto support : {archive_read_support_filter_gzip, archive_read_support_filter_xz,
                             archive_read_support_filter_zstd, archive_read_support_filter_bzip2,
                             archive_read_support_filter_lz4, archive_read_support_format_raw,
                             archive_read_support_format_empty}) {
    if (support(reader) != ARCHIVE_OK) return tl::unexpected(reason(reader));
  }
  archive_entry* entry = nullptr;
  if (archive_read_open_fd(reader, lines.file_.number(), block_size) != ARCHIVE_OK) {
    return tl::unexpected(reason(reader));
  }
  const int begun = archive_read_next_header(reader, &entry);
  if (begun != ARCHIVE_OK && begun != ARCHIVE_EOF) return tl::unexpected(reason(reader));
  constexpr int unpacked = 1;  // the filter that does nothing
  lines.packed_ = archive_filter_count(reader) > unpacked;
  if (begun == ARCHIVE_EOF) lines.reader_.reset();  // an empty log
  return lines;
}

tl::expected<Lines, std::string> Lines::of(const std::string& path) {
  auto file = base::open_to_read(path);
  if (!file.is_open()) {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  auto lines = from(std::move(file));
  if (!lines) return tl::unexpected(fmt::format("{}: {}", path, lines.error()));
  return lines;
}

/// Reads the next block. False: there is none.
bool Lines::more() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  if (!reader_) return false;
  while (true) {
    const int code = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
    if (code == ARCHIVE_RETRY) continue;
    if (code == ARCHIVE_OK && size == 0) continue;
    if (code != ARCHIVE_OK) {
      if (code != ARCHIVE_EOF) trouble_ = reason(reader_.get());
      reader_.reset();
      return false;
    }
    block_ = {static_cast<const char*>(bytes), size};
    return true;
  }
}

void Lines::keep(std::string_view piece) {
  too_long_ = too_long_ || begun_.size() + piece.size() > longest_line;
  if (!too_long_) begun_ += piece;
}

std::optional<std::string_view> Lines::next() {
  if (given_) begun_.clear();
  given_ = false;
  while (true) {
    const auto end = block_.find('\n');
    if (end == std::string_view::npos) {
      passed_ += block_.size();
      keep(block_);
      block_ = {};
      if (more()) continue;
      if (begun_.empty() || too_long_) return std::nullopt;
      given_ = true;
      return begun_;
    }
    const auto piece = block_.substr(0, end);
    block_.remove_prefix(end + 1);
    ended_ = passed_ += end + 1;
    if (begun_.empty() && !too_long_ && piece.size() <= longest_line) return piece;
    keep(piece);
    if (too_long_) {
      too_long_ = false;
      begun_.clear();
      continue;
    }
    given_ = true;
    return begun_;
  }
}

}  // namespace badclients::logs
