#pragma once

#include <string>

#include <tl/expected.hpp>

#include "registry/compile/input.hpp"
#include "registry/compile/layers.hpp"
#include "registry/compile/reading.hpp"

/// Origins and prefixes, from RIPE RIS whois dumps (https://www.ris.ripe.net/dumps/).
namespace badclients::registry {

/// A row that fewer peers of the route collectors have seen is noise.
inline constexpr std::uint32_t fewest_peers = 10;

/// Whether an AS number is anybody's on the Internet: not one for private use, documentation, or
/// otherwise reserved (IANA's special-purpose AS numbers; those from 65552 to 131071).
bool is_public(std::uint32_t asn);

/// Reads rows `ORIGIN TAB PREFIX TAB PEERS` of one family into `into`, to be read by Routes.
/// ORIGIN is an AS number or a set, `{1,2}`, of which each counts. Left out are rows below
/// `fewest_peers`, AS numbers that are not is_public(), and prefixes that are wider than an IPv4 /8
/// or an IPv6 /16. Counts: routes.
/// Error: a half-sentence; a file that does not end with its trailer is one.
tl::expected<Reading, std::string> read_routes(Input& input, net::Family family, Sorter& into);

/// A prefix's origins: each AS once, those that most peers have seen first, then by number.
struct Origins {
  std::vector<std::uint32_t> asns;  ///< facts::most_members at most
  unsigned prefix = 0;              ///< its length
};
std::string encode(const Origins& origins);
Origins decode_origins(std::string_view payload);

/// What read_routes() left in a finished sorter: a stretch for each prefix, its payload Origins.
class Routes : public Stretches {
 public:
  explicit Routes(Sorter& sorter) : sorter_(sorter), head_(sorter.next()) {}
  std::optional<Stretch> next() override;

 private:
  Sorter& sorter_;
  std::optional<std::string_view> head_;
};

}  // namespace badclients::registry
