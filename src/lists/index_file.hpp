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

/// The offset of a mapping must be a multiple of the machine's page size; this is one of any.
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

/// An index in memory or in a file: rules, what they were made from, and what was wrong there.
namespace badclients::lists {

using base::Descriptor;

/// A part of a file, mapped: nothing is read before it is used. If somebody cuts the file short,
/// using it raises SIGBUS; we never write to a file that has its final name.
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

/// The file of an index.
class IndexFile {
 public:
  /// Error: the file is no index, or not a whole one; half a sentence.
  static tl::expected<IndexFile, std::string> open(Descriptor file);

  [[nodiscard]] const Stamp& stamp() const { return stamp_; }
  /// Reads all that map() maps; whether it is as it was written.
  [[nodiscard]] bool is_sound() const;
  /// Error: errno.
  [[nodiscard]] tl::expected<Mapping, int> map() const;
  /// How much address space map() takes.
  [[nodiscard]] std::uint64_t mib() const { return (header_.image_length >> 20) + 1; }

 private:
  Descriptor file_;
  Stamp stamp_;
  format::FileHeader header_{};
};

/// The texts that an index was made from, even if another build of the program made it. None if
/// `file` is no index.
StoredTexts texts_of(Descriptor file);

/// Reads the lists, and writes their index.
class IndexWriter {
 public:
  IndexWriter(std::string list_path, const WallClock& clock)
      : list_path_(std::move(list_path)), clock_(clock), dependencies_(clock) {}

  /// Writes into an empty file, to which nobody else writes. `last`: what a list that cannot be
  /// read said last. Throws what IndexBuilder does.
  void write(int descriptor, StoredTexts last);
  /// The image alone, in memory. Throws what IndexBuilder does, and std::bad_alloc.
  std::string image();
  /// For the case that one of these has thrown: an image without rules, with the dependencies that
  /// were read, and `why` as its only fault.
  [[nodiscard]] std::string failure(const config::Problem& why) const;

 private:
  std::string list_path_;
  const WallClock& clock_;
  Dependencies dependencies_;  // after write() its store is gone
};

}  // namespace badclients::lists
