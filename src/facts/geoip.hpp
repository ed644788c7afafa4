#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/stamp.hpp"
#include "facts/facts.hpp"
#include "facts/mmdb.hpp"

namespace badclients::facts {

/// Paths of .mmdb files; empty: none.
struct GeoDatabases {
  std::string city, asn, anonymous_ip;
};

/// Those that a process has mapped, from one login to the next.
class GeoFiles {
 public:
  static constexpr std::size_t most = 3;

  /// The database at `path`, the one with this `number`: mapped anew where the file may have
  /// changed since (base::Seen). Where there is no room for it beside the others, these are
  /// unmapped. Valid until the next call with this number, or without room. Error: as
  /// MmdbFile::open.
  tl::expected<MmdbFile*, std::string> open(std::size_t number, const std::string& path);
  /// Unmaps all.
  void close();

  /// How often one was mapped: with another number, another file may have served.
  [[nodiscard]] std::uint64_t opens() const { return opens_; }
  /// Whether look_up_geo() would read the files that are mapped, and `opens` was the number when it
  /// did: a stat() each. False where that is in doubt.
  [[nodiscard]] bool still_serve(std::uint64_t opens, const GeoDatabases& databases) const;

 private:
  struct File {
    std::string path;
    base::Seen seen;
    MmdbFile database;
  };
  [[nodiscard]] bool is_mapped(std::size_t number, const std::string& path) const;

  std::array<std::optional<File>, most> files_;
  std::uint64_t opens_ = 0;
};

/// Fills in geo_city, geo_asn and geo_anonymous from the databases that are named (libmaxminddb,
/// mapped into memory, so only the pages of one look-up are read). A missing or broken file, or one
/// of another type, leaves its fact failed and adds a warning that names the file; a missing field
/// is just missing. An address that a database does not have gives a known, empty value. `address`
/// is the one that counts (Address::carried).
///
/// geoip_records.hpp says whose databases are understood.
///
/// For the manual: a database must be replaced by renaming a new file over it (as geoipupdate
/// does), never by writing into the old one. A file that is cut while it is mapped kills the
/// process that reads it (SIGBUS), and with it a login.
void look_up_geo(const GeoDatabases& databases, const net::Address& address, GeoFiles& files,
                 Facts& facts, std::vector<std::string>& warnings);

}  // namespace badclients::facts
