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
  std::string_view name;
  std::array<std::string_view, 5> words;
};
constexpr Kind city_kind{"City or Country",
                         {"City", "Enterprise", "Country", "Location", "ipinfo"}};
constexpr Kind asn_kind{"ASN", {"ASN", "ISP", "ipinfo"}};
constexpr Kind anonymous_kind{"Anonymous IP", {"Anonymous", "privacy"}};

bool is_of_kind(std::string_view type, const Kind& kind) {
  return std::any_of(kind.words.begin(), kind.words.end(), [&](std::string_view word) {
    return !word.empty() && base::contains(type, word);
  });
}

/// Reads one database; `read` turns its record into the fact's value. Error: without the path.
template <class Read>
auto read_database(const std::string& path, const Kind& kind, const net::Address& address,
                   Read read) -> tl::expected<decltype(read(MmdbValue{})), std::string> {
  auto file = MmdbFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const auto type = file->type();
  if (!is_of_kind(type, kind)) {
    return tl::unexpected(
        fmt::format("a database of type '{}', not a {} database", type, kind.name));
  }
  const auto record = file->find(address);
  if (!record) return tl::unexpected(record.error());
  auto value = read(*record);
  if (auto damage = file->damage()) return tl::unexpected(std::move(*damage));
  return value;
}

template <class T, class Read>
void look_up(const std::string& path, const Kind& kind, const net::Address& address, Read read,
             Fact<T>& fact, std::vector<std::string>& warnings) {
  if (path.empty()) return;
  fact = {};
  fact.from = Provenance::local;
  fact.source = path.substr(path.rfind('/') + 1);
  auto value = read_database(path, kind, address, read);
  if (value) {
    fact.knowledge = Knowledge::known;
    fact.value = std::move(*value);
  } else {
    fact.knowledge = Knowledge::failed;
    fact.trouble = fmt::format("{}: {}", path, value.error());
    warnings.push_back(fact.trouble);
  }
}

}  // namespace

void look_up_geo(const GeoDatabases& databases, const net::Address& address, Facts& facts,
                 std::vector<std::string>& warnings) {
  // One after the other, so that only one is mapped at a time: address space is limited.
  look_up(databases.city, city_kind, address, read_city, facts.geo_city, warnings);
  look_up(databases.asn, asn_kind, address, read_asn, facts.geo_asn, warnings);
  look_up(databases.anonymous_ip, anonymous_kind, address, read_anonymous, facts.geo_anonymous,
          warnings);
}

}  // namespace badclients::facts
