#include "cache/reading.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "cache/key.hpp"
#include "cache/placement.hpp"
#include "cache/rows.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

using facts::Fact;
using std::chrono::seconds;

/// A clock that was set back must not keep old answers alive: what was learnt later than this after
/// now does not count.
constexpr seconds clock_tolerance = std::chrono::hours{24};

/// One look at the cache, in one read transaction.
class Reader {
 public:
  Reader(SQLite::Database& database, const config::Config::Cache& settings, facts::Time now)
      : finder_(database), settings_(settings), now_(stamp(now)) {}

  /// What was wrong with the first entry that made no sense; empty: none.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  template <class T>
  void fill(const std::string& answer_key, const std::string& failure_key, Fact<T>& into) {
    if (into.knowledge != facts::Knowledge::not_asked) return;
    fill_known(answer_key, into);
    fill_failed(failure_key, into);
  }

  /// The address' own answer, or a provisional one.
  template <class T>
  void fill_network(const net::Address& address, Kind kind, Fact<T>& own, Fact<T>& provisional) {
    if (own.knowledge != facts::Knowledge::not_asked) return;
    const Blocks blocks{settings_.ipv4_network, settings_.ipv6_network};
    for (const auto& network : probes(address, blocks)) {
      Fact<T> found;
      if (!fill_known(key_of(network, kind, Outcome::known), found)) continue;
      const bool is_its_own = is_own(network, range_of(found.value), address, blocks);
      (is_its_own ? own : provisional) = std::move(found);
      break;
    }
    if (own.known()) provisional = {};
    fill_failed(key_of({address, blocks.around(address)}, kind, Outcome::failed), own);
  }

  /// What another block of the same allocation was answered.
  template <class T>
  void fill_provisional(const net::Address& address, Kind kind, Fact<T>& provisional) {
    if (provisional.known()) return;
    const Blocks blocks{settings_.ipv4_network, settings_.ipv6_network};
    for (const auto& network : allocation_probes(address, blocks)) {
      if (fill_known(key_of(network, kind, Outcome::known), provisional)) return;
    }
  }

 private:
  /// A row that was learnt in the past, with nothing that would overflow.
  std::optional<Row> find(const std::string& key, seconds longest_life) {
    auto row = finder_.find(key);
    if (!row || row->learnt < 0 || row->learnt > now_ + clock_tolerance.count()) {
      return std::nullopt;
    }
    // A `ttl` that was shortened since counts for what is stored already, too.
    row->expires = std::clamp(row->expires, row->learnt, row->learnt + longest_life.count());
    return row;
  }

  template <class T>
  bool fill_known(const std::string& key, Fact<T>& into) {
    const auto row = find(key, std::max(settings_.ttl, shortest_ttl));
    if (!row || row->expires + settings_.stale.count() <= now_) return false;
    auto value = facts::decode<T>(row->value);
    if (!value) {
      if (trouble_.empty()) trouble_ = value.error();
      return false;
    }
    into.knowledge = facts::Knowledge::known;
    into.from = row->expires > now_ ? facts::Provenance::cache : facts::Provenance::stale_cache;
    into.value = std::move(*value);
    into.source = row->source;
    into.learnt = facts::Time{seconds{row->learnt}};
    into.expires = facts::Time{seconds{row->expires}};
    return true;
  }

  /// Where there is no answer, or none within its time.
  template <class T>
  void fill_failed(const std::string& key, Fact<T>& into) {
    if (into.known() && into.from != facts::Provenance::stale_cache) return;
    const auto row = find(key, std::max(settings_.ttl, settings_.negative_ttl));
    if (!row || row->expires <= now_) return;
    if (into.known()) {
      if (row->learnt >= stamp(into.learnt)) into.expires = facts::Time{seconds{row->expires}};
      return;
    }
    into.knowledge = facts::Knowledge::failed;
    into.from = facts::Provenance::cache;
    into.source = row->source;
    std::tie(into.cause, into.trouble) = decode_failure(row->value);
    into.learnt = facts::Time{seconds{row->learnt}};
    into.expires = facts::Time{seconds{row->expires}};
  }

  Finder finder_;
  const config::Config::Cache& settings_;
  std::int64_t now_;
  std::string trouble_;
};

}  // namespace

std::string read_all(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now) {
  Reader reader{database, settings, now};
  const net::Network self{address, address.bits()};
  if (wanted.reverse_names || wanted.confirmed_names) {
    reader.fill(key_of(self, Kind::reverse_names, Outcome::known),
                key_of(self, Kind::reverse_names, Outcome::failed), into.reverse_names);
  }
  if (wanted.registration) {
    reader.fill_network(address, Kind::registration, into.registration,
                        into.provisional.registration);
  }
  const bool registration_to_ask =
      wanted.registration && into.registration.from != facts::Provenance::cache;
  if (wanted.origin || wanted.as_description || registration_to_ask) {
    reader.fill_network(address, Kind::origin, into.origin, into.provisional.origin);
  }
  if (const auto* origin = facts::likely_origin(into); origin != nullptr && wanted.as_description) {
    for (const auto asn : facts::described_asns(*origin)) {
      Fact<facts::AsDescription> description;
      if (facts::description_of(into, asn) != nullptr) continue;
      reader.fill(key_of_as(asn, Outcome::known), key_of_as(asn, Outcome::failed), description);
      if (description.knowledge == facts::Knowledge::not_asked) continue;
      description.value.asn = asn;
      into.as_descriptions.push_back(std::move(description));
    }
  }
  for (const auto& zone : wanted.dnsbl_zones) {
    Fact<facts::DnsblListing> listing;
    const auto asked = [&](const auto& fact) { return fact.value.zone == zone; };
    if (std::any_of(into.dnsbl.begin(), into.dnsbl.end(), asked)) continue;
    reader.fill(key_of(self, Kind::dnsbl, Outcome::known, zone),
                key_of(self, Kind::dnsbl, Outcome::failed, zone), listing);
    if (listing.knowledge == facts::Knowledge::not_asked) continue;
    listing.value.zone = zone;
    into.dnsbl.push_back(std::move(listing));
  }
  return reader.trouble();
}

void read_allocation(SQLite::Database& database, const config::Config::Cache& settings,
                     const net::Address& address, const facts::Wanted& wanted, facts::Facts& into,
                     facts::Time now) {
  Reader reader{database, settings, now};
  auto& [origin, registration] = into.provisional;
  if (wanted.origin) reader.fill_provisional(address, Kind::origin, origin);
  if (wanted.registration) {
    reader.fill_provisional(address, Kind::registration, registration);
  }
}

}  // namespace badclients::cache
