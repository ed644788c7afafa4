#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/network.hpp"

/// The three nouns (Login, Facts, Verdict), how Facts are written down, and what GeoIP databases
/// know. Values only: nothing here asks the network or decides.
namespace badclients::facts {

using Time = std::chrono::system_clock::time_point;

/// How far we got with one fact.
enum class Knowledge : std::uint8_t {
  not_asked,  ///< nobody tried (not needed, switched off, or settled before)
  failed,     ///< tried, and could not be had: unknown, which matches nothing
  known,      ///< an answer; it may say "there is none" (an empty value)
};

/// Where a known or failed fact came from on this login.
enum class Provenance : std::uint8_t { asked, cache, stale_cache, local };

/// What a failure is about.
enum class Cause : std::uint8_t {
  question,  ///< the address, or something that nobody knows more about
  budget,    ///< nobody was asked: the server's budget is used up, or it wants to be left alone
  silence,   ///< its source is silent
  patience,  ///< a login did not wait for it any longer, which another one might
};

/// "failed" "unasked" "silent" "unwaited"
std::string_view to_string(Cause cause);
/// Nothing for other words.
std::optional<Cause> cause_named(std::string_view name);

/// One fact about an address, with how we know it.
template <class T>
struct Fact {
  Knowledge knowledge = Knowledge::not_asked;
  Provenance from = Provenance::asked;
  T value{};            ///< meaningful only when known
  std::string source;   ///< who said so, for people: "dns", "whois.ripe.net", "GeoLite2-City.mmdb"
  std::string trouble;  ///< why it failed, for people; empty unless failed
  Time learnt{};        ///< when the source answered (or failed)
  Time expires{};       ///< until when the answer may be used without asking again
  Cause cause = Cause::question;  ///< meaningful only when failed

  [[nodiscard]] bool known() const { return knowledge == Knowledge::known; }
  [[nodiscard]] bool failed() const { return knowledge == Knowledge::failed; }
  [[nodiscard]] const T* get() const { return known() ? &value : nullptr; }
};

/// Whether a reverse name resolves forward to the address again (RFC 1912 section 2.1).
enum class Confirmed : std::uint8_t { not_asked, no, yes };

struct ReverseName {
  std::string name;  ///< no trailing dot; foreign bytes
  Confirmed confirmed = Confirmed::not_asked;
  friend bool operator==(const ReverseName&, const ReverseName&) = default;
};

/// All PTR names of the address; empty means that there is none (NXDOMAIN or no data).
using ReverseNames = std::vector<ReverseName>;

/// The five regional registries, and how an Origin names them.
enum class Registry : std::uint8_t { arin, ripencc, apnic, lacnic, afrinic };
inline constexpr std::array<std::string_view, 5> registry_names{"arin", "ripencc", "apnic",
                                                                "lacnic", "afrinic"};
constexpr std::string_view to_string(Registry registry) {
  return registry_names.at(static_cast<std::size_t>(registry));
}

/// Who announces the address in BGP, after Team Cymru.
struct Origin {
  std::vector<std::uint32_t> asns;     ///< the first is logged, all match; empty: not announced
  std::optional<net::Network> prefix;  ///< the BGP prefix
  std::string country;                 ///< of the prefix, not of the AS; empty where unknown
  std::string registry;                ///< of registry_names; empty where unknown
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// "HETZNER-AS - Hetzner Online GmbH, DE" of one origin AS.
struct AsDescription {
  std::uint32_t asn = 0;  ///< not 0, even where the fact has failed
  std::string text;       ///< empty where the AS has none
  friend bool operator==(const AsDescription&, const AsDescription&) = default;
};

/// What Team Cymru wrote before 2026, without the full name of who holds the AS: "HETZNER-AS, DE"
/// of "HETZNER-AS - Hetzner Online GmbH, DE". Nothing where a text has no ` - ` before its last `,
/// CC`.
std::optional<std::string> without_full_name(std::string_view as_description);

/// What the regional registry knows about the network.
struct Registration {
  std::string name;                   ///< "EU-LINODE-20141229"; empty where there is none
  std::string country;                ///< two letters; empty where there is none
  std::vector<std::string> entities;  ///< handles, in the registry's order, no duplicates
  /// First and last address of the network; nothing where the answer names none.
  std::optional<std::pair<net::Address, net::Address>> range;
  friend bool operator==(const Registration&, const Registration&) = default;
};

/// A zone's answer about the address (RFC 5782).
struct DnsblListing {
  std::string zone;
  std::vector<net::Address> answers;  ///< listings (facts/dnsbl.hpp); empty: not listed
  std::string reason;                 ///< TXT; empty where there is none
  friend bool operator==(const DnsblListing&, const DnsblListing&) = default;
};

/// A place in a GeoIP database. An id of 0 or an empty text is a missing field.
struct Place {
  std::uint32_t geoname_id = 0;
  std::string code;  ///< ISO code of a country, code of a continent; empty for cities
  std::string name;  ///< English
  friend bool operator==(const Place&, const Place&) = default;
};

struct Circle {
  double latitude = 0;   ///< degrees, north positive
  double longitude = 0;  ///< degrees, east positive
  double radius_km = 0;
  friend bool operator==(const Circle&, const Circle&) = default;
};

/// MaxMind's City database, or another's about places.
struct GeoCity {
  std::optional<Place> city, country, continent, registered_country, represented_country;
  std::vector<Place> subdivisions;  ///< widest first, as in the database
  std::optional<Circle> location;   ///< radius 0 where the database has none

  /// The country that counts: where the address is not known to be in any, the one that it is
  /// registered in; null where there is none.
  [[nodiscard]] const Place* country_or_registered() const {
    const auto& found = country ? country : registered_country;
    return found ? &*found : nullptr;
  }
  friend bool operator==(const GeoCity&, const GeoCity&) = default;
};

/// MaxMind's ASN database.
struct GeoAsn {
  std::uint32_t asn = 0;     ///< 0 where missing
  std::string organization;  ///< empty where missing
  friend bool operator==(const GeoAsn&, const GeoAsn&) = default;
};

/// All that is known about where a login comes from. The second noun.
struct Facts {
  Fact<ReverseNames> reverse_names;
  Fact<Origin> origin;
  /// One an AS that was asked for: those of described_asns(likely_origin), in any order. Empty
  /// where there is no AS, and where the origin is unknown.
  std::vector<Fact<AsDescription>> as_descriptions;
  Fact<Registration> registration;
  std::vector<Fact<DnsblListing>> dnsbl;  ///< one a zone that was asked
  Fact<GeoCity> geo_city;  ///< known with an empty value: address not in the database
  Fact<GeoAsn> geo_asn;
  Fact<std::vector<std::string>> geo_anonymous;  ///< names of the true flags

  /// What registry data has of the registration, where the live source is asked, too, because a
  /// rule looks at handles that RIPE leaves out of its bulk data (facts/handle.hpp). All else in it
  /// is exact. Only where `registration` is not known.
  Fact<Registration> without_persons;

  /// Answers that another address of the same network got, and that may not hold for this one: it
  /// may lie in a part of that network which has an answer of its own. Only where the address' own
  /// answer is not known. They may refuse a login, and never exempt one.
  struct {
    Fact<Origin> origin;
    Fact<Registration> registration;
  } provisional;
};

/// The address' own, else that without persons, else the provisional one; null where there is none.
const Origin* likely_origin(const Facts& facts);
const Registration* likely_registration(const Facts& facts);
/// The address' own or, while that is not known, the one without persons where there is one.
const Fact<Registration>& exact_registration(const Facts& facts);

/// A prefix with more origins than this has some whose description nobody asks for.
inline constexpr std::size_t most_described_asns = 4;
/// The ASes whose descriptions belong to an origin: the first few that it names, without AS0.
std::vector<std::uint32_t> described_asns(const Origin& origin);
/// What there is about one AS; null where there is nothing.
const Fact<AsDescription>* description_of(const Facts& facts, std::uint32_t asn);

/// "origin AS, registration unknown: SERVFAIL", one text a reason, of the network's facts that have
/// failed.
std::vector<std::string> failures(const Facts& facts);

/// How the network's facts were come by, for the audit line's `facts=`.
enum class Freshness : std::uint8_t {
  none,     ///< nothing was asked and nothing remembered
  cached,   ///< all from the cache
  local,    ///< the origin or the registration from registry data, whatever the others
  fresh,    ///< at least one was asked for now
  stale,    ///< at least one is stale and being refreshed; none was asked for now
  partial,  ///< at least one was asked for and could not be had
};

/// GeoIP does not count: it is always at hand.
Freshness freshness(const Facts& facts);

/// "none" "cached" "local" "fresh" "stale" "partial"
const char* to_string(Freshness freshness);

}  // namespace badclients::facts
