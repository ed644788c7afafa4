#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/compile/as_names.hpp"
#include "registry/compile/texts.hpp"
#include "registry/publication.hpp"
#include "registry/store.hpp"

namespace badclients::registry {

/// Writes a registry.db, from its first segment to its last. What goes wrong is thrown, as
/// std::exception with a reason; the file is then good for nothing.
class StoreWriter {
 public:
  /// `path`: an empty file. `holders`: about how many texts of registrations will come.
  StoreWriter(const std::string& path, std::uint64_t holders);

  void add(const std::vector<FileState>& files);
  /// AS numbers that a file, which is added, says are delegated.
  void add_asns(const Publication& file, const std::string& asns);
  void add(const AsNames& names);

  /// The number of a set of ASes, or of the only one.
  std::uint64_t origin(const std::vector<std::uint32_t>& asns);
  /// The number of a registration's text.
  std::uint64_t holder(std::string_view text);
  /// In order of addresses. One that says the same as that before it is left out.
  void add(Point first, const Segment& segment);

  /// The file is complete, and on the disk.
  void finish();

 private:
  void put(std::int64_t key, std::string_view value);
  void put_block();
  void put_text(std::uint64_t number, std::string_view text);

  std::string path_;
  SQLite::Database database_;
  SQLite::Statement insert_;
  TextNumbers holders_;
  std::map<std::vector<std::uint32_t>, std::uint64_t> sets_;
  BlockWriter block_;
  Point last_first_ = 0;
  Segment last_;
  std::string last_text_;
  std::uint64_t last_holder_ = 0;
};

}  // namespace badclients::registry
