#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/questions/standing.hpp"

/// The parts of a WHOIS answer, whichever registry's form it has.
namespace badclients::network {

struct WhoisAttribute {
  std::string key;  ///< lower case
  std::string value;
  std::string continued;  ///< what the lines after its first have, a blank before each
};

/// The answer's lines, sorted: what is said about networks, and what the server says for itself.
struct WhoisLines {
  std::vector<WhoisAttribute> attributes;  ///< an empty key parts two objects
  std::vector<std::string_view> remarks;   ///< comments, and lines that are no attribute's
};

WhoisLines sort_lines(std::string_view answer);

/// One network object, with what the objects behind it say about it (ARIN).
struct WhoisNetwork {
  NetworkObject object;
  std::string handle, parent;  ///< ARIN: its own, and that of the network around it
  std::optional<config::Config::Endpoint> referral;
  bool rpsl = false;   ///< not ARIN's
  bool ended = false;  ///< RPSL: its last attribute was seen, or a blank line after it
};

/// All network objects that hold the address. ARIN's begin at `NetRange` and go on through the
/// organisation's and the contacts' objects; the others' are one object that begins at `inetnum`.
std::vector<WhoisNetwork> networks_in(const std::vector<WhoisAttribute>& attributes,
                                      const net::Address& address);

/// Whether the answer ends in the midst of a line about that network of it, or of ARIN's networks:
/// somewhere the connection was closed too early. At the end of a line it shows nowhere.
bool is_cut_off(std::string_view answer, const WhoisLines& lines, const WhoisNetwork& network);

/// The innermost of them; of two with the same range the one that names the other as its parent,
/// else the first. Null where there is none.
const WhoisNetwork* most_specific(const std::vector<WhoisNetwork>& networks);

/// `HOST`, `HOST:PORT`, `[V6]:PORT`, perhaps with a path behind. Ports: 43 and those that no
/// other well-known service has, for the name may be anyone's.
std::optional<config::Config::Endpoint> endpoint_of(std::string_view text);

}  // namespace badclients::network
