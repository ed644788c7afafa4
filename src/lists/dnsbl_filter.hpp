#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "net/address.hpp"

namespace badclients::lists {

/// An entry of a dnsbl list, in the syntax of Postfix's postscreen_dnsbl_sites without weights:
/// `zone` or `zone=filter`. A filter is an IPv4 address, any of whose numbers may be a choice in
/// brackets: `127.0.0.[2;4;6..8]`.
class DnsblEntry {
 public:
  /// Error: a sentence that quotes the entry, or the part of it that is wrong.
  static tl::expected<DnsblEntry, std::string> parse(std::string_view text);

  /// The zone to ask, in lower case, without trailing dot.
  [[nodiscard]] const std::string& zone() const { return zone_; }

  /// Whether the zone's answer is a listing (facts/dnsbl.hpp) that this entry means. Without a
  /// filter it means every listing.
  [[nodiscard]] bool matches(const net::Address& answer) const;

  /// The canonical entry: `zone` or `zone=filter`, the zone in lower case.
  [[nodiscard]] std::string str() const;

 private:
  using Octet = std::bitset<256>;
  std::string zone_;
  std::string filter_text_;
  std::optional<std::array<Octet, 4>> filter_;
};

}  // namespace badclients::lists
