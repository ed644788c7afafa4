#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "facts/facts.hpp"
#include "registry/segment.hpp"

/// registry.db, read. It is an SQLite database in which nothing ever changes: a new one takes its
/// place (compile/replacement.hpp). A process that has the old one open still reads the old one.
///
/// It is one table, because each login that opens it reads what tables there are:
///   row_key()   a block of segments: up to the next row's first address (segment.hpp)
///   text_key()  a text, each once: descriptions of ASes, sets of ASes, registrations without range
///               (facts/serialise.hpp). Text 0 says what a login needs to know of it all: a line
///               with its version, then `NAME SECONDS`, when each file was made. Texts of
///               file_number() have a FileState, those of asns_number() the AS numbers that the file
///               says are delegated.
namespace badclients::registry {

/// "STATE_PATH/registry.db"
std::string store_path(const std::string& state_path);

/// So many seconds after 1970; nothing before, and from 2200 on: facts::Time ends soon after.
std::optional<facts::Time> time_of(std::int64_t since_1970);

/// Where a text lies: below the segments.
constexpr std::int64_t text_key(std::uint64_t number) {
  return std::numeric_limits<std::int64_t>::min() + static_cast<std::int64_t>(number);
}
/// Numbers of the texts about a file, by its place in publications().
constexpr std::uint64_t file_number(std::size_t place) {
  return (std::uint64_t{1} << 62) + 2 * place;
}
constexpr std::uint64_t asns_number(std::size_t place) {
  return file_number(place) + 1;
}

/// How many entries of each kind: "asn", "ipv4", "routes", "inetnum", ...
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

/// One publisher's file, as far as registry.db has a part of it.
struct FileState {
  std::string name;                 ///< Publication::name
  facts::Time made;                 ///< when its publisher made it, in whole seconds
  facts::Time taken;                ///< when it was compiled in
  Counts counts;                    ///< entries that were accepted
  std::string etag, last_modified;  ///< as fetched (RFC 9110 section 8.8); empty: none
  friend bool operator==(const FileState&, const FileState&) = default;
};

class Store {
 public:
  /// Another layout of the tables is another version: registry data is compiled anew, not
  /// converted.
  static constexpr int version = 1;

  /// Nothing where there is no file. Error: path and reason; one of another version is one.
  static tl::expected<std::optional<Store>, std::string> open(const std::string& path);

  // Error of all: path and reason. A look-up reads some ten pages, and no more than 2 MB of pages
  // are kept.

  /// What is known of every address of the segment that holds `point`.
  tl::expected<Segment, std::string> find(Point point);
  /// The text of that number; nothing where there is none.
  tl::expected<std::optional<std::string>, std::string> text(std::uint64_t number);
  /// The ASes of a Route::origin, one at least.
  tl::expected<std::vector<std::uint32_t>, std::string> asns(std::uint64_t origin);

  /// When each file was made.
  [[nodiscard]] const std::map<std::string, facts::Time, std::less<>>& made() const {
    return made_;
  }
  /// All about the files, in the order of publications().
  tl::expected<std::vector<FileState>, std::string> files();

  /// To read all of it.
  [[nodiscard]] SQLite::Database& connection() { return *connection_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Store(std::string path) : path_(std::move(path)) {}
  tl::expected<void, std::string> connect();
  /// The row of the greatest key up to `key`; false: there is none.
  bool select_up_to(std::int64_t key);
  template <class Work>
  auto run(Work work) -> tl::expected<decltype(work()), std::string>;

  std::string path_;
  std::unique_ptr<SQLite::Database> connection_;
  std::unique_ptr<SQLite::Statement> select_;
  std::map<std::string, facts::Time, std::less<>> made_;
};

/// `64500 64501`: the text of a set of ASes.
std::string encode(const std::vector<std::uint32_t>& asns);

/// `kind count kind count`: how Counts stand in the text of a file.
std::string encode(const Counts& counts);
Counts decode_counts(std::string_view text);

/// The text of file_number(), without its name. Error: it is no such text.
std::string encode(const FileState& file);
tl::expected<FileState, std::string> decode_file(std::string_view text);

/// Text number 0.
std::string head_text(const std::vector<FileState>& files);

}  // namespace badclients::registry
