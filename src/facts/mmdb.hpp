#pragma once

#include <maxminddb.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "net/address.hpp"

/// A thin coat over libmaxminddb: types are checked, lengths bounded, damage is noticed.
namespace badclients::facts {

/// A value in a database, or nothing. What is asked of nothing, or of a value of another type, is
/// nothing again, so that a path of fields needs no checks on its way.
class MmdbValue {
 public:
  /// Nothing.
  MmdbValue() = default;

  /// A map's field.
  MmdbValue operator[](const char* key) const;
  /// An array's element.
  [[nodiscard]] MmdbValue at(unsigned index) const;

  [[nodiscard]] bool is_map() const { return is(MMDB_DATA_TYPE_MAP); }
  /// Text, cut at 256 bytes; foreign bytes.
  [[nodiscard]] std::optional<std::string> text() const;
  /// Any integer that fits.
  [[nodiscard]] std::optional<std::uint32_t> number() const;
  /// Any finite number.
  [[nodiscard]] std::optional<double> real() const;
  [[nodiscard]] bool is_true() const { return is(MMDB_DATA_TYPE_BOOLEAN) && data_.boolean; }

 private:
  friend class MmdbFile;
  MmdbValue(const MMDB_s* database, int* status, MMDB_entry_s start);
  [[nodiscard]] bool is(std::uint32_t type) const { return data_.has_data && data_.type == type; }
  [[nodiscard]] MmdbValue step(const char* element) const;

  const MMDB_s* database_ = nullptr;
  int* status_ = nullptr;
  MMDB_entry_data_s data_{};
};

/// A database that is open; its values live as long as it does.
class MmdbFile {
 public:
  struct Error {
    std::string text;      ///< what is wrong with the file, without its path
    bool no_room = false;  ///< nothing: there is no address space for it
  };
  /// Maps the file into memory.
  static tl::expected<MmdbFile, Error> open(const std::string& path);
  MmdbFile(MmdbFile&& other) noexcept;
  MmdbFile& operator=(MmdbFile&&) = delete;
  ~MmdbFile();

  /// "GeoLite2-City"; printable.
  [[nodiscard]] std::string type() const;
  /// When its publisher made it.
  [[nodiscard]] std::chrono::system_clock::time_point built() const;

  /// What the database has about the address; nothing where it has none. Error: it is damaged.
  tl::expected<MmdbValue, std::string> find(const net::Address& address);

  /// At most so many records of that family, spread over its addresses; for IPv6 those alone that
  /// are not IPv4's under another address.
  [[nodiscard]] std::vector<MmdbValue> sample(net::Family family, std::size_t most);

  /// The first damage that any value met with since the last find(). Check it when all is read.
  [[nodiscard]] std::optional<std::string> damage() const;

 private:
  MmdbFile() = default;
  bool open_ = false;
  MMDB_s database_{};
  int status_ = MMDB_SUCCESS;
};

}  // namespace badclients::facts
