#include "lists/text_store.hpp"

#include <cstring>

#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

constexpr std::uint64_t most_stored = 64U << 20U;  // bytes of records and paths

std::int64_t seconds(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

StoredTexts::StoredTexts(Descriptor file, const format::StoredTexts& place)
    : file_(std::move(file)) {
  const auto limit = most_stored / sizeof(format::StoredText);
  if (place.count > limit || place.path_bytes > most_stored) return;
  const auto size = place.count * sizeof(format::StoredText);
  std::string bytes;
  const auto take = [&](std::string_view block) { bytes += block; };
  if (hash_of(file_.number(), place.offset, size + place.path_bytes, take) != place.hash) return;
  const auto paths = std::string_view(bytes).substr(size);
  for (std::size_t i = 0; i < place.count; ++i) {
    format::StoredText text{};
    std::memcpy(&text, bytes.data() + i * sizeof text, sizeof text);
    if (text.path_offset > paths.size()) continue;
    texts_.insert_or_assign({static_cast<TextKind>(text.kind),
                             std::string(paths.substr(text.path_offset, text.path_length))},
                            text);
  }
}

const format::StoredText* StoredTexts::find(TextKind kind, const std::string& path) const {
  const auto found = texts_.find({kind, path});
  return found == texts_.end() ? nullptr : &found->second;
}

TextStore::TextStore(int descriptor, std::uint64_t offset, StoredTexts last)
    : descriptor_(descriptor), end_(offset), last_(std::move(last)) {}

SourceText TextStore::add(TextKind kind, const std::string& path, format::StoredText text) {
  text.offset = end_;
  text.kind = static_cast<std::uint32_t>(kind);
  text.path_offset = paths_.size();
  text.path_length = path.size();
  paths_ += path;
  texts_.push_back(text);
  end_ += text.size;
  return {descriptor_, text.offset, text.size, text.has_line_feed != 0};
}

SourceText TextStore::add(TextKind kind, const std::string& path, BlockWriter writer,
                          bool line_feed, TimePoint now) {
  writer.finish();
  format::StoredText text{};
  text.size = writer.size();
  text.hash = writer.hash();
  text.read = seconds(now);
  text.has_line_feed = line_feed ? 1 : 0;
  return add(kind, path, text);
}

tl::expected<SourceText, FileError> TextStore::copy(const std::string& path, TimePoint now) {
  BlockWriter writer(descriptor_, end_);
  bool line_feed = false;
  const auto done = read_pieces(path, [&](std::string_view piece) {
    writer.append(piece);
    line_feed = line_feed || piece.find('\n') != std::string_view::npos;
  });
  if (!done) return tl::unexpected(done.error());
  return add(TextKind::file, path, std::move(writer), line_feed, now);
}

void TextStore::keep(TextKind kind, const std::string& path, std::string_view bytes,
                     TimePoint now) {
  BlockWriter writer(descriptor_, end_);
  writer.append(bytes);
  add(kind, path, std::move(writer), false, now);
}

std::optional<TextStore::Kept> TextStore::last(TextKind kind, const std::string& path) {
  const auto* known = last_.find(kind, path);
  if (known == nullptr) return std::nullopt;
  BlockWriter writer(descriptor_, end_);
  const auto hash = hash_of(last_.descriptor(), known->offset, known->size,
                            [&](std::string_view block) { writer.append(block); });
  if (hash != known->hash) return std::nullopt;
  writer.finish();
  return Kept{add(kind, path, *known), TimePoint(std::chrono::seconds(known->read))};
}

format::StoredTexts TextStore::finish() {
  format::StoredTexts place{end_, texts_.size(), paths_.size(), 0};
  BlockWriter writer(descriptor_, end_);
  writer.append(
      {reinterpret_cast<const char*>(texts_.data()), texts_.size() * sizeof(format::StoredText)});
  writer.append(paths_);
  writer.finish();
  place.hash = writer.hash();
  end_ += writer.size();
  return place;
}

}  // namespace badclients::lists
