#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

/// Facts as one line of text each: what the cache stores and what badclients-lookup prints. Fields
/// are separated by TAB; TAB, LF, CR, NUL and backslash inside a field are written \t \n \r \0 \\.
/// The reading side takes nothing on trust: it bounds every length and count and checks every form.
///
///   ReverseNames   MARK+NAME...
///   Origin         AS numbers (by spaces), prefix, country, registry
///   AsDescription  AS number, text
///   Registration   name, country, first address, last address, entity...
///   DnsblListing   zone, reason, answer...
///
/// MARK is ? (confirmation not asked for), n (not confirmed) or y (confirmed).
/// What cannot be had may be empty; names, entities and answers may be none.
namespace badclients::facts {

/// A line longer than this is refused by every decode.
inline constexpr std::size_t longest_line = 64 * 1024;
/// The longest text in one field (a DNS name has 255 octets, the rest is generous); encode cuts.
inline constexpr std::size_t longest_field = 1024;
/// The longest name of a fact's source (facts::Fact).
inline constexpr std::size_t longest_source = 128;
/// The most list members in one fact (names, ASes, entities, answers); encode drops the rest, and
/// those that would make the line too long.
inline constexpr std::size_t most_members = 64;

std::string encode(const ReverseNames& names);
std::string encode(const Origin& origin);
std::string encode(const AsDescription& description);
std::string encode(const Registration& registration);
std::string encode(const DnsblListing& listing);

/// decode<T>(encode(x)) == x for every x within the bounds above and those of facts.hpp: a country
/// is two ASCII letters, a registry one of the five; encode leaves out any other.
/// Error: what was wrong, without the input's bytes.
template <class T>
tl::expected<T, std::string> decode(std::string_view line);

template <>
tl::expected<ReverseNames, std::string> decode<ReverseNames>(std::string_view line);
template <>
tl::expected<Origin, std::string> decode<Origin>(std::string_view line);
template <>
tl::expected<AsDescription, std::string> decode<AsDescription>(std::string_view line);
template <>
tl::expected<Registration, std::string> decode<Registration>(std::string_view line);
template <>
tl::expected<DnsblListing, std::string> decode<DnsblListing>(std::string_view line);

}  // namespace badclients::facts
