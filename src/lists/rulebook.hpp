#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

/// The administrator's lists and client files: reading, checking, and the index that a login asks.
namespace badclients::lists {

/// What an entry is compared with; badclients-lists(5) describes each.
enum class Field : std::uint8_t {
  ip_net,
  rev_host,
  asn,
  as_cc,
  as_dscr,
  net_cc,
  net_name,
  entity,
  dnsbl,
  client_id,
  maxmind_as_org,
  maxmind_geo_loc,
  maxmind_geo_cc,
  maxmind_coords,
  maxmind_anonymous,
  user,     // allow lists and client rules
  service,  // client rules
};

/// "ip_net", ..., "maxmind/as_org", ...: the list's name without `.deny.lst`.
std::string_view name(Field field);
std::optional<Field> field_by_name(std::string_view name);

enum class Action : std::uint8_t { deny, allow };

/// A place in a list or client file.
struct Where {
  std::uint32_t file = 0;  ///< index into RuleBook::files
  std::uint32_t line = 0;
};

/// One line of a list. The value is checked and in canonical form: a network as Network::str(),
/// "AS64500", two upper-case letters, a pattern as written (leading ' or " kept), an entity in
/// lower case, a GeoName ID in decimal, coordinates as "lat,lon,radius,intersection", a DNSBL entry
/// as written.
struct Entry {
  Field field;
  Action action;
  Where where;
  std::string value;
};

/// A field and what its value may be: any of `values`; negated: known, and none of them.
struct Clause {
  Field field;
  bool negated = false;
  std::vector<std::string> values;  ///< canonical, as in Entry
};

enum class ClientMode : std::uint8_t { as_configured, monitor };

/// The header of a client file.
struct Client {
  std::string id;  ///< file name without `.client`
  std::string name, vendor, about, message;
  ClientMode mode = ClientMode::as_configured;
};

/// One rule of a client file: all clauses must hold.
struct ClientRule {
  std::uint32_t client = 0;  ///< index into RuleBook::clients
  Where where;
  std::vector<Clause> clauses;  ///< at least one, each field and negation once
};

/// Everything that list_path says.
struct RuleBook {
  std::vector<std::string> files;  ///< relative to list_path: "ip_net.deny.lst"
  std::vector<Entry> entries;      ///< in the order of reading
  std::vector<Client> clients;
  std::vector<ClientRule> client_rules;
  std::vector<config::Problem> problems;  ///< each names the file with list_path, and the line
};

/// Reads all lists and enabled client files below `list_path`. Never throws on their content: a bad
/// line, an unreadable file, a folder where a list should be, is a problem, and the rest counts. A
/// list that does not exist is no problem; a `list_path` that does not exist is one.
RuleBook read_lists(const std::string& list_path);

}  // namespace badclients::lists
