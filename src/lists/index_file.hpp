#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/descriptor.hpp"
#include "lists/index.hpp"
#include "lists/index_file_format.hpp"
#include "lists/sources.hpp"
#include "lists/text_store.hpp"

/// An index in memory or in a file: rules, what they were made from, what was wrong with that.
namespace badclients::lists {

/// A part of a file in memory, as it lies there: nothing is read before it is looked at. Where
/// somebody cuts the file short meanwhile, looking at it raises SIGBUS; we never write to one that
/// has its name.
class Mapping {
 public:
  /// Error: errno.
  static tl::expected<Mapping, int> of(int descriptor, std::uint64_t offset, std::uint64_t size);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit Mapping(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

/// An image, in place.
class IndexImage {
 public:
  /// Error: they are no image of the lists in `list_path`, as a half-sentence.
  static tl::expected<IndexImage, std::string> over(std::span<const std::byte> bytes,
                                                    const std::string& list_path);

  [[nodiscard]] const Index& index() const { return index_; }

  /// Lines and files that have no effect: how many, and the first of them, in words.
  [[nodiscard]] std::uint64_t fault_count() const { return fault_count_; }
  [[nodiscard]] std::vector<std::string> faults() const;

  /// How many lists and client files could not be read.
  [[nodiscard]] std::uint64_t unread() const { return unread_; }
  /// When it was made.
  [[nodiscard]] TimePoint made() const { return made_; }

  /// Whether the lists say, or may say, something else by now (has_changed()).
  [[nodiscard]] bool is_stale() const;

 private:
  explicit IndexImage(Index index) : index_(std::move(index)) {}

  std::string_view texts_;
  format::Table<format::SourceRecord> sources_;
  format::Table<format::Text> faults_;
  std::uint64_t fault_count_ = 0, unread_ = 0;
  TimePoint made_;
  Index index_;
};

/// A file that an index is in.
class IndexFile {
 public:
  /// Error: the bytes are no index made by this build of the program, as a half-sentence.
  static tl::expected<IndexFile, std::string> open(Descriptor file);

  [[nodiscard]] const Stamp& stamp() const { return stamp_; }
  [[nodiscard]] int descriptor() const { return file_.number(); }
  /// Reads all that map() maps. Whether it is as it was written.
  [[nodiscard]] bool is_sound() const;
  /// Error: errno.
  [[nodiscard]] tl::expected<Mapping, int> map() const;
  /// How much that takes.
  [[nodiscard]] std::uint64_t mib() const { return (header_.image_length >> 20) + 1; }

 private:
  friend StoredTexts texts_of(Descriptor file);
  Descriptor file_;
  Stamp stamp_;
  format::FileHeader header_{};
};

/// The texts that an index was made from, also one that another build of the program has made. None
/// where `file` is no index.
StoredTexts texts_of(Descriptor file);

/// Reads the lists, and writes their index.
class IndexWriter {
 public:
  IndexWriter(std::string list_path, const WallClock& clock)
      : list_path_(std::move(list_path)), clock_(clock), sources_(clock) {}

  /// Into an empty file, to which nobody else writes. `last`: what there is where a list cannot be
  /// read. Throws what IndexBuilder does.
  void write(int descriptor, StoredTexts last);
  /// The image alone, in memory. Throws what IndexBuilder does, and std::bad_alloc.
  std::string image();
  /// When one of these has thrown: an image without rules, of what was read, with `why` as its only
  /// fault.
  [[nodiscard]] std::string failure(const config::Problem& why) const;

 private:
  std::string list_path_;
  const WallClock& clock_;
  Sources sources_;
};

}  // namespace badclients::lists
