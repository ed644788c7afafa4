#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "lists/text_store.hpp"

/// How an index lies in its file: this header, the texts that it was made from, and the image that
/// IndexBuilder wrote, from a page's begin on.
namespace badclients::lists::format {

inline constexpr std::array<char, 8> file_magic{'b', 'a', 'd', 'c', 'l', 's', 't', '\n'};
/// Raise it with every change to this file or to StoredText.
inline constexpr std::uint32_t file_version = 2;

/// What a file is mapped from must be a multiple of the machine's page.
inline constexpr std::uint64_t page = 64U << 10U;

struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t byte_order, version;
  std::array<char, 24> rule_code;  // a hash of the sources of the program that wrote it
  std::uint64_t image_offset, image_length;
  std::uint64_t image_hash;  // of the blocks of its body, and its header
  StoredTexts texts;
  std::uint64_t hash;  // of this header, with zero here
};
static_assert(std::has_unique_object_representations_v<FileHeader>);

}  // namespace badclients::lists::format
