#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "lists/index_format.hpp"
#include "lists/index_table.hpp"
#include "lists/sources.hpp"

/// How the index lies in its file: a header, what it was made from, and then what compile() wrote.
/// For pack() and IndexFile alone.
namespace badclients::lists::format {

inline constexpr std::array<char, 8> file_magic{'b', 'a', 'd', 'c', 'l', 's', 't', '\n'};
/// Raise it with every change to this file.
inline constexpr std::uint32_t file_version = 1;

struct SourceRecord {
  Text path;  // a NUL follows
  std::uint32_t kind;
  std::uint32_t racy;
  Stamp stamp;
  std::uint64_t content;
};

struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t byte_order, version;
  std::array<char, 24> build;  // of the program that wrote it: rules are read by its code
  std::uint64_t length;        // of everything
  std::uint64_t checksum;      // of everything before the index, with zero here
  Text list_path;
  Span sources;
  Span faults;  // the first few, as Text
  std::uint64_t fault_count;
  Span texts;
  std::uint64_t index;  // where it begins, up to the end
};

static_assert(plain<SourceRecord, FileHeader>);

/// Writes the checksum into the header of a whole file.
void seal(std::string& bytes);

/// What tells this build of the program from others: the linker's build ID, zeros where it made
/// none.
std::array<char, 24> build();

}  // namespace badclients::lists::format
