#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "lists/index_file_format.hpp"

namespace badclients::lists::format {

namespace {

constexpr std::size_t aligned(std::size_t size) {
  return (size + 3) / 4 * 4;
}

/// The description of the note "GNU" of type NT_GNU_BUILD_ID (elf(5)); empty where there is none.
std::string_view build_id_in(std::string_view notes) {
  ElfW(Nhdr) note{};
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    const auto name = notes.substr(0, note.n_namesz);
    notes.remove_prefix(std::min(aligned(note.n_namesz), notes.size()));
    const auto description = notes.substr(0, note.n_descsz);
    notes.remove_prefix(std::min(aligned(note.n_descsz), notes.size()));
    if (note.n_type == NT_GNU_BUILD_ID && name == std::string_view("GNU", 4)) return description;
  }
  return {};
}

}  // namespace

std::array<char, 24> build() {
  std::array<char, 24> result{};
  // The program comes first, then its libraries.
  ::dl_iterate_phdr(
      [](dl_phdr_info* program, std::size_t, void* into) {
        for (int i = 0; i < program->dlpi_phnum; ++i) {
          const auto& header = program->dlpi_phdr[i];
          if (header.p_type != PT_NOTE) continue;
          const auto address = program->dlpi_addr + header.p_vaddr;
          const std::string_view notes{reinterpret_cast<const char*>(address), header.p_memsz};
          auto& id = *static_cast<std::array<char, 24>*>(into);
          build_id_in(notes).copy(id.data(), id.size());
        }
        return 1;
      },
      &result);
  return result;
}

}  // namespace badclients::lists::format
