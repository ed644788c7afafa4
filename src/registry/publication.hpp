#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/config.hpp"
#include "registry/segment.hpp"

/// Which files registry data is made from, who publishes them, and what each must at least hold.
namespace badclients::registry {

enum class Form : std::uint8_t {
  delegated,      ///< delegated-extended statistics of a registry
  routes,         ///< RIPE RIS whois dump
  as_names,       ///< asn.txt
  organisations,  ///< RPSL: organisation objects alone, for their abuse-c
  registrations,  ///< RPSL: inetnum, inet6num, perhaps among others
};

/// The fewest entries of one kind. A file that holds fewer is cut, or another file.
struct Floor {
  std::string_view kind;  ///< as in FileState::counts
  std::uint64_t least = 0;
};

struct Publication {
  std::string_view name;          ///< the publisher's file name, by which it is known everywhere
  config::RegistrySource source;  ///< the word of registry/sources that it belongs to
  Form form;
  std::optional<Registry> registry;  ///< whose data it is; nothing: of all the world
  std::string_view url;
  bool checksum = false;  ///< the publisher has NAME.md5 beside it
  std::span<const Floor> floors;
  std::uint64_t most_bytes = 0;  ///< as it comes; a larger one is refused
  std::uint64_t most_text = 0;   ///< after decompression
};

/// In the order in which they are read: what others need stands before them.
std::span<const Publication> publications();

/// Null where nobody publishes a file of that name.
const Publication* find_publication(std::string_view name);

/// Where a publication stands in publications().
std::size_t place_of(const Publication& publication);

inline constexpr std::string_view routes_v4 = "riswhoisdump.IPv4.gz";
inline constexpr std::string_view routes_v6 = "riswhoisdump.IPv6.gz";
inline constexpr std::string_view as_names_file = "asn.txt";

}  // namespace badclients::registry
