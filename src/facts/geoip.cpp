#include "facts/geoip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "facts/geoip_records.hpp"
#include "facts/mmdb.hpp"

namespace badclients::facts {

namespace {

/// What tells by its `database_type` that a database may be of a kind, and what people call the
/// kind. IPinfo's have fields of several kinds; lint says what a database really has.
struct Kind {
  std::size_t number;  ///< GeoFiles
  std::string_view name;
  std::array<std::string_view, 5> words;
};
constexpr Kind city_kind{
    0, "City or Country", {"City", "Enterprise", "Country", "Location", "ipinfo"}};
constexpr Kind asn_kind{1, "ASN", {"ASN", "ISP", "ipinfo"}};
constexpr Kind anonymous_kind{2, "Anonymous IP", {"Anonymous", "privacy"}};

bool is_of_kind(std::string_view type, const Kind& kind) {
  return std::any_of(kind.words.begin(), kind.words.end(), [&](std::string_view word) {
    return !word.empty() && base::contains(type, word);
  });
}

/// Reads one database; `read` turns its record into the fact's value. Error: without the path.
template <class Read>
auto read_database(GeoFiles& files, const std::string& path, const Kind& kind,
                   const net::Address& address, Read read)
    -> tl::expected<decltype(read(MmdbValue{})), std::string> {
  const auto opened = files.open(kind.number, path);
  if (!opened) return tl::unexpected(opened.error());
  auto& file = **opened;
  const auto type = file.type();
  if (!is_of_kind(type, kind)) {
    return tl::unexpected(
        fmt::format("a database of type '{}', not a {} database", type, kind.name));
  }
  const auto record = file.find(address);
  if (!record) return tl::unexpected(record.error());
  auto value = read(*record);
  if (auto damage = file.damage()) return tl::unexpected(std::move(*damage));
  return value;
}

/// What every look-up has to do with.
struct LookUp {
  GeoFiles& files;
  const net::Address& address;
  std::vector<std::string>& warnings;

  template <class T, class Read>
  void operator()(const std::string& path, const Kind& kind, Read read, Fact<T>& fact) {
    if (path.empty()) return;
    fact = {};
    fact.from = Provenance::local;
    fact.source = path.substr(path.rfind('/') + 1);
    auto value = read_database(files, path, kind, address, read);
    if (value) {
      fact.knowledge = Knowledge::known;
      fact.value = std::move(*value);
    } else {
      fact.knowledge = Knowledge::failed;
      fact.trouble = fmt::format("{}: {}", path, value.error());
      warnings.push_back(fact.trouble);
    }
  }
};

}  // namespace

tl::expected<MmdbFile*, std::string> GeoFiles::open(std::size_t number, const std::string& path) {
  auto& file = files_.at(number);
  if (is_mapped(number, path)) return &file->database;
  for (bool again = false;; again = true) {
    file.reset();
    ++opens_;
    const auto seen = base::Seen::at(path.c_str());
    auto database = MmdbFile::open(path);
    if (database) return &file.emplace(File{path, seen, std::move(*database)}).database;
    if (again || !database.error().no_room) return tl::unexpected(database.error().text);
    close();  // address space is limited (Dovecot's vsz_limit)
  }
}

void GeoFiles::close() {
  for (auto& file : files_) file.reset();
}

bool GeoFiles::is_mapped(std::size_t number, const std::string& path) const {
  const auto& file = files_.at(number);
  return file && file->path == path && file->seen.holds(path.c_str());
}

bool GeoFiles::still_serve(std::uint64_t opens, const GeoDatabases& databases) const {
  const auto serves = [&](const std::string& path, const Kind& kind) {
    return path.empty() || is_mapped(kind.number, path);
  };
  return opens == opens_ && serves(databases.city, city_kind) && serves(databases.asn, asn_kind) &&
         serves(databases.anonymous_ip, anonymous_kind);
}

void look_up_geo(const GeoDatabases& databases, const net::Address& address, GeoFiles& files,
                 Facts& facts, std::vector<std::string>& warnings) {
  LookUp look_up{files, address, warnings};
  look_up(databases.city, city_kind, read_city, facts.geo_city);
  look_up(databases.asn, asn_kind, read_asn, facts.geo_asn);
  look_up(databases.anonymous_ip, anonymous_kind, read_anonymous, facts.geo_anonymous);
}

}  // namespace badclients::facts
