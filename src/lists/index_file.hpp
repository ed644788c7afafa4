#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "lists/dependencies.hpp"
#include "lists/index.hpp"
#include "lists/text_store.hpp"

/// How an index lies in its file: this header, the texts that it was made from, and the image that
/// IndexBuilder wrote, from a page's begin on.
namespace badclients::lists::format {

inline constexpr std::array<char, 8> file_magic{'b', 'a', 'd', 'c', 'l', 's', 't', '\n'};
inline constexpr std::uint32_t file_byte_order = 0x01020304;
/// Raise it with every change to FileHeader or StoredText.
inline constexpr std::uint32_t file_version = 3;

/// What a file is mapped from must be a multiple of the machine's page.
inline constexpr std::uint64_t page = 64U << 10U;

struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t byte_order, version;
  std::uint64_t image_offset, image_length;
  std::uint64_t image_hash;  // of the blocks of its body, and its header
  StoredTexts texts;
  std::uint64_t hash;  // of this header, with zero here
};
static_assert(std::has_unique_object_representations_v<FileHeader>);

}  // namespace badclients::lists::format

/// An index in memory or in a file: rules, what they were made from, what was wrong with that.
namespace badclients::lists {

using base::Descriptor;

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

/// A file that an index is in.
class IndexFile {
 public:
  /// Error: the file is no index, or not all of one, as a half-sentence.
  static tl::expected<IndexFile, std::string> open(Descriptor file);

  [[nodiscard]] const Stamp& stamp() const { return stamp_; }
  /// Reads all that map() maps. Whether it is as it was written.
  [[nodiscard]] bool is_sound() const;
  /// Error: errno.
  [[nodiscard]] tl::expected<Mapping, int> map() const;
  /// How much that takes.
  [[nodiscard]] std::uint64_t mib() const { return (header_.image_length >> 20) + 1; }

 private:
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
      : list_path_(std::move(list_path)), clock_(clock), dependencies_(clock) {}

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
  Dependencies dependencies_;  // after write() only what it has seen counts: its store is gone
};

}  // namespace badclients::lists
