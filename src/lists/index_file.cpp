#include "lists/index_file.hpp"
#include "lists/blocks.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "lists/index_image.hpp"

namespace badclients::lists {

namespace {

/// How many faults are kept in words: a login names fewer.
constexpr std::size_t most_faults = 20;

std::uint64_t front_checksum(std::string_view front, const format::FileHeader& header) {
  auto cleared = header;
  cleared.checksum = 0;
  const auto state = fast_hash({reinterpret_cast<const char*>(&cleared), sizeof cleared});
  return fast_hash(front.substr(sizeof cleared), state);
}

template <class Records>
format::Span append(std::string& bytes, const Records& records) {
  bytes.resize((bytes.size() + 7) / 8 * 8);
  const format::Span span{bytes.size(), records.size()};
  bytes.append(reinterpret_cast<const char*>(records.data()),
               records.size() * sizeof records.front());
  return span;
}

std::vector<format::SourceRecord> records_of(const std::vector<Source>& sources,
                                             format::Texts& texts) {
  std::vector<format::SourceRecord> records;
  for (const auto& source : sources) {
    records.push_back({texts.add(source.path), static_cast<std::uint32_t>(source.kind),
                       source.racy ? 1U : 0U, source.stamp, source.content});
    texts.add({"", 1});
  }
  return records;
}

/// What is wrong with the header; empty for nothing.
std::string fault(std::span<const std::byte> bytes, const format::FileHeader& header) {
  if (header.magic != format::file_magic) return "it is not an index of lists";
  if (header.byte_order != format::byte_order) return "it was made on another kind of machine";
  if (header.version != format::file_version || header.build != format::build()) {
    return "it was made by another version";
  }
  if (header.length != bytes.size()) return "it is cut short";
  const auto front = header.index;
  if (front < sizeof header || front > bytes.size() ||
      header.checksum !=
          front_checksum({reinterpret_cast<const char*>(bytes.data()), front}, header)) {
    return "its header is damaged";
  }
  return {};
}

/// What one source came to.
struct Comparison {
  bool changed = false, unsettled = false;
  Stamp stamp;
};

Comparison compare(const format::SourceRecord& record, const char* path) {
  const auto kind = static_cast<SourceKind>(record.kind);
  const auto same_content = [&] { return content_of(kind, path) == record.content; };
  switch (kind) {
    case SourceKind::missing:
      return {stamp_of(path) || !same_content(), false, {}};
    case SourceKind::real_path:
      return {!same_content(), false, {}};
    case SourceKind::file:
    case SourceKind::folder:
    case SourceKind::unreadable:
      break;
  }
  const auto stamp = stamp_of(path);
  if (!stamp) return {true, false, {}};
  if (*stamp == record.stamp && record.racy == 0) return {false, false, *stamp};
  return {!same_content(), true, *stamp};
}

}  // namespace

void format::seal(std::string& bytes) {
  FileHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  header.checksum = front_checksum(std::string_view(bytes).substr(0, header.index), header);
  std::memcpy(bytes.data(), &header, sizeof header);
}

std::string pack(const RuleBook& book, const std::string& list_path) {
  format::FileHeader header{};
  header.magic = format::file_magic;
  header.byte_order = format::byte_order;
  header.version = format::file_version;
  header.build = format::build();

  format::Texts texts;
  header.list_path = texts.add(list_path);
  const auto sources = records_of(book.sources.all(), texts);
  std::vector<format::Text> faults;
  for (const auto& problem : book.problems) {
    if (problem.severity != config::Problem::Severity::error) continue;
    if (++header.fault_count <= most_faults) faults.push_back(texts.add(problem.str()));
  }

  std::string bytes(sizeof header, '\0');
  header.sources = append(bytes, sources);
  header.faults = append(bytes, faults);
  header.texts = append(bytes, texts.bytes());
  header.index = bytes.size();
  bytes += compile(book);
  header.length = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  format::seal(bytes);
  return bytes;
}

std::optional<Mapping> Mapping::of(int descriptor, std::size_t size) {
  if (size == 0) return std::nullopt;
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) return std::nullopt;
  return Mapping{{static_cast<const std::byte*>(data), size}};
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (bytes_.empty()) return;
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

tl::expected<IndexFile, std::string> IndexFile::over(std::span<const std::byte> bytes,
                                                     const std::string& list_path) {
  format::FileHeader header{};
  if (bytes.size() < sizeof header) return tl::unexpected<std::string>("it is cut short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (auto wrong = fault(bytes, header); !wrong.empty()) return tl::unexpected(std::move(wrong));

  auto index = Index::over(bytes.subspan(header.index));
  if (!index) return tl::unexpected(std::move(index.error()));
  IndexFile file{std::move(*index)};
  file.bytes_ = bytes;
  file.fault_count_ = header.fault_count;
  const auto front = bytes.first(header.index);
  const auto texts = format::Table<char>::in(front, header.texts);
  const auto sources = format::Table<format::SourceRecord>::in(front, header.sources);
  const auto faults = format::Table<format::Text>::in(front, header.faults);
  if (!texts || !sources || !faults) return tl::unexpected<std::string>("its header is damaged");
  file.texts_ = {reinterpret_cast<const char*>(bytes.data()) + header.texts.offset, texts->size()};
  file.sources_ = *sources;
  file.faults_ = *faults;
  if (format::text_in(file.texts_, header.list_path) != list_path) {
    return tl::unexpected<std::string>("it was made from other lists");
  }
  return file;
}

std::vector<std::string> IndexFile::faults() const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    result.emplace_back(format::text_in(texts_, faults_[i]));
  }
  return result;
}

const char* IndexFile::path(format::Text text) const {
  const auto end = std::uint64_t{text.offset} + text.length;
  return end < texts_.size() && texts_[end] == '\0' ? texts_.data() + text.offset : nullptr;
}

Freshness IndexFile::freshness(const WallClock& clock) const {
  const auto begin = clock();
  bool unsettled = false;
  std::vector<Stamp> stamps;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto record = sources_[i];
    const auto* const source = path(record.path);
    if (source == nullptr) return {true, {}};
    const auto comparison = compare(record, source);
    if (comparison.changed) return {true, {}};
    unsettled |= comparison.unsettled;
    stamps.push_back(comparison.stamp);
  }
  if (!unsettled) return {};
  const Moment taken{begin, clock()};
  const bool racy = std::any_of(stamps.begin(), stamps.end(),
                                [&](const Stamp& stamp) { return is_racy(stamp, taken); });
  if (racy) return {};
  return {false, std::move(stamps)};
}

std::string IndexFile::with_stamps(const std::vector<Stamp>& stamps) const {
  std::string result{reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  format::FileHeader header{};
  std::memcpy(&header, result.data(), sizeof header);
  for (std::size_t i = 0; i < std::min(stamps.size(), sources_.size()); ++i) {
    auto record = sources_[i];
    record.stamp = stamps[i];
    record.racy = 0;
    std::memcpy(result.data() + header.sources.offset + i * sizeof record, &record, sizeof record);
  }
  format::seal(result);
  return result;
}

}  // namespace badclients::lists
