#include "registry/publication.hpp"

#include <algorithm>
#include <array>

namespace badclients::registry {

namespace {

using config::RegistrySource;

constexpr std::uint64_t mb = 1'000'000;
constexpr std::uint64_t gb = 1000 * mb;

// Some two thirds of what the files held in 2026; APNIC's and RIPE's of 2020.
constexpr std::array<Floor, 3> arin{{{"asn", 20'000}, {"ipv4", 50'000}, {"ipv6", 50'000}}};
constexpr std::array<Floor, 3> ripencc{{{"asn", 30'000}, {"ipv4", 60'000}, {"ipv6", 60'000}}};
constexpr std::array<Floor, 3> apnic{{{"asn", 9'000}, {"ipv4", 40'000}, {"ipv6", 70'000}}};
constexpr std::array<Floor, 3> lacnic{{{"asn", 10'000}, {"ipv4", 12'000}, {"ipv6", 40'000}}};
constexpr std::array<Floor, 3> afrinic{{{"asn", 2'000}, {"ipv4", 4'000}, {"ipv6", 5'000}}};
constexpr std::array<Floor, 1> routes4{{{"routes", 800'000}}};
constexpr std::array<Floor, 1> routes6{{{"routes", 150'000}}};
constexpr std::array<Floor, 1> as_names{{{"asn", 90'000}}};
constexpr std::array<Floor, 1> ripe_organisation{{{"organisation", 20'000}}};
constexpr std::array<Floor, 1> ripe_inetnum{{{"inetnum", 2'500'000}}};
constexpr std::array<Floor, 1> ripe_inet6num{{{"inet6num", 600'000}}};
constexpr std::array<Floor, 1> apnic_inetnum{{{"inetnum", 600'000}}};
constexpr std::array<Floor, 1> apnic_inet6num{{{"inet6num", 40'000}}};
constexpr std::array<Floor, 2> afrinic_all{{{"inetnum", 80'000}, {"inet6num", 5'000}}};

constexpr Publication delegated(std::string_view name, Registry registry, std::string_view url,
                                std::span<const Floor> floors) {
  return {
      name,    RegistrySource::delegated, Form::delegated, registry, url, true, floors, 200 * mb,
      200 * mb};
}

constexpr std::array<Publication, 14> all{{
    delegated("delegated-arin-extended-latest", Registry::arin,
              "https://ftp.arin.net/pub/stats/arin/delegated-arin-extended-latest", arin),
    delegated("delegated-ripencc-extended-latest", Registry::ripencc,
              "https://ftp.ripe.net/pub/stats/ripencc/delegated-ripencc-extended-latest", ripencc),
    delegated("delegated-apnic-extended-latest", Registry::apnic,
              "https://ftp.apnic.net/stats/apnic/delegated-apnic-extended-latest", apnic),
    delegated("delegated-lacnic-extended-latest", Registry::lacnic,
              "https://ftp.lacnic.net/pub/stats/lacnic/delegated-lacnic-extended-latest", lacnic),
    delegated("delegated-afrinic-extended-latest", Registry::afrinic,
              "https://ftp.afrinic.net/pub/stats/afrinic/delegated-afrinic-extended-latest",
              afrinic),
    {routes_v4,
     RegistrySource::ris,
     Form::routes,
     {},
     "https://www.ris.ripe.net/dumps/riswhoisdump.IPv4.gz",
     false,
     routes4,
     100 * mb,
     gb},
    {routes_v6,
     RegistrySource::ris,
     Form::routes,
     {},
     "https://www.ris.ripe.net/dumps/riswhoisdump.IPv6.gz",
     false,
     routes6,
     100 * mb,
     gb},
    {as_names_file,
     RegistrySource::asn,
     Form::as_names,
     {},
     "https://ftp.ripe.net/ripe/asnames/asn.txt",
     false,
     as_names,
     100 * mb,
     100 * mb},
    {"ripe.db.organisation.gz", RegistrySource::ripe, Form::organisations, Registry::ripencc,
     "https://ftp.ripe.net/ripe/dbase/split/ripe.db.organisation.gz", false, ripe_organisation,
     200 * mb, 4 * gb},
    {"ripe.db.inetnum.gz", RegistrySource::ripe, Form::registrations, Registry::ripencc,
     "https://ftp.ripe.net/ripe/dbase/split/ripe.db.inetnum.gz", false, ripe_inetnum, gb, 20 * gb},
    {"ripe.db.inet6num.gz", RegistrySource::ripe, Form::registrations, Registry::ripencc,
     "https://ftp.ripe.net/ripe/dbase/split/ripe.db.inet6num.gz", false, ripe_inet6num, gb,
     20 * gb},
    {"apnic.db.inetnum.gz", RegistrySource::apnic, Form::registrations, Registry::apnic,
     "https://ftp.apnic.net/apnic/whois/apnic.db.inetnum.gz", false, apnic_inetnum, gb, 20 * gb},
    {"apnic.db.inet6num.gz", RegistrySource::apnic, Form::registrations, Registry::apnic,
     "https://ftp.apnic.net/apnic/whois/apnic.db.inet6num.gz", false, apnic_inet6num, gb, 20 * gb},
    {"afrinic.db.gz", RegistrySource::afrinic, Form::registrations, Registry::afrinic,
     "https://ftp.afrinic.net/pub/dbase/afrinic.db.gz", false, afrinic_all, gb, 20 * gb},
}};

}  // namespace

std::span<const Publication> publications() {
  return all;
}

const Publication* find_publication(std::string_view name) {
  const auto* const found = std::ranges::find(all, name, &Publication::name);
  return found == all.end() ? nullptr : found;
}

std::size_t place_of(const Publication& publication) {
  return static_cast<std::size_t>(&publication - all.data());
}

}  // namespace badclients::registry
