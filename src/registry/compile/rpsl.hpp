#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

#include "facts/facts.hpp"
#include "registry/compile/delegations.hpp"
#include "registry/compile/input.hpp"
#include "registry/compile/layers.hpp"
#include "registry/compile/reading.hpp"

/// Registrations, from dumps of registries' databases: objects of `attribute: value` lines (RPSL,
/// RFC 2622 section 2), parted by empty lines.
namespace badclients::registry {

/// Handle of an organisation -> handle of its abuse contact.
using Organisations = std::unordered_map<std::string, std::string>;

/// Reads objects of type organisation that have an abuse-c. Counts: organisation.
tl::expected<Reading, std::string> read_organisations(Input& input, Organisations& into);

/// Reads objects of type inetnum and inet6num into `into`, as stretches whose payload is a Holding,
/// as far as they are a holder's (network::standing_of), and within `space`, what that registry has
/// given away.
///   name      netname
///   country   the first one; UK is GB, ZZ is none
///   entities  org admin-c tech-c abuse-c mnt-by mnt-irt in the object's order, without those that
///             stand in for a person who was left out (DUMY-RIPE); last the abuse contact of the
///             organisation
/// Counts: inetnum, inet6num.
tl::expected<Reading, std::string> read_registrations(Input& input, const DelegatedSpace& space,
                                                      const Organisations& organisations,
                                                      Sorter& into);

/// What a stretch of a registration says.
struct Holding {
  std::optional<Range> range;  ///< of the object, where the stretch is only a part of it
  std::string text;            ///< the registration without range, by facts/serialise.hpp
};
std::string encode(const Holding& holding);
Holding decode_holding(std::string_view payload, const Range& stretch);

}  // namespace badclients::registry
