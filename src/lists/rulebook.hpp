#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "net/network.hpp"

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
  user,       // allow lists and client rules
  service,    // client rules
  master,     // client rules
  user_name,  // the names of @FILE; `user` has patterns
};

inline constexpr std::size_t field_count = 19;

/// "ip_net", ..., "maxmind/as_org", ...: the list's name without `.deny.lst`. "user" is the name of
/// two fields; as a name it means `user`.
std::string_view name(Field field);
std::optional<Field> field_by_name(std::string_view name);

/// How matching entries of a field are found.
enum class Lookup : std::uint8_t {
  network,  ///< an address in a network
  equal,    ///< a value that equals the entry
  pattern,  ///< a text that the entry, a pattern, matches
  each,     ///< every entry is tried
};
Lookup lookup(Field field);
inline bool is_pattern(Field field) {
  return lookup(field) == Lookup::pattern;
}

enum class Action : std::uint8_t { deny, allow };

/// A place in a list or client file.
struct Where {
  std::uint32_t file = 0;  ///< index into RuleBook::files
  std::uint32_t line = 0;
};

/// One line of a list; for a range of addresses one of several entries of the line. The value is
/// checked and in canonical form: a network as Network::str(), "AS64500", two upper-case letters, a
/// pattern as written (leading ' or " kept), an entity, a flag, a service and a user's name in
/// lower case, a GeoName ID in decimal, coordinates as Coords::str(), a DNSBL entry as
/// DnsblEntry::str().
struct Entry {
  Field field;
  Action action;
  Where where;
  std::string value;
};

/// The networks of a file; rules may share it.
using NetworkFile = std::shared_ptr<const std::deque<net::Network>>;

/// The user names of a file, in lower case; rules may share it.
struct NameList {
  std::string path;  ///< as the rule has it
  std::vector<std::string> names;
};
using NameFile = std::shared_ptr<const NameList>;

/// A field, and the values that it must have one of; negated: the field must be known, and have
/// none.
struct Clause {
  Field field;
  bool negated = false;
  std::vector<std::string> values;  ///< canonical, as in Entry
  std::vector<NetworkFile> files =
      {};                            ///< of ip_net=@FILE; in a RuleBook they are among the values
  std::vector<NameFile> names = {};  ///< of user=@FILE
};

enum class ClientMode : std::uint8_t { as_configured, monitor };

/// The header of a client file.
struct Client {
  std::string id;  ///< file name without `.client`
  std::string name, vendor, about, message;
  ClientMode mode = ClientMode::as_configured;
  std::string confidence{};  ///< of `confidences`; empty: it does not say
  std::string no_rule{};     ///< why it has no rule; empty: it does not say
};

/// How we know that the client logs in from where its rules say; for a client without rules, that
/// its vendor has the password.
inline constexpr std::array<std::string_view, 4> confidences{
    "seen",       ///< in a log, or in a header that the user's own server wrote
    "published",  ///< by the vendor
    "reported",   ///< by others
    "guess",      ///< it is not known
};

/// One rule of a client file: all clauses must hold.
struct ClientRule {
  std::uint32_t client = 0;  ///< index into RuleBook::clients
  Where where;
  std::vector<Clause> clauses;  ///< at least one, each field and negation once
};

/// The extensions of client files, and of files that put them in monitor mode.
inline constexpr std::string_view client_extension = ".client";
inline constexpr std::string_view monitor_extension = ".monitor";

/// Everything that list_path says.
struct RuleBook {
  /// Every file that was read: lists, client files, and the files of their `@FILE`. Relative to
  /// list_path ("ip_net.deny.lst"), or absolute if the file lies elsewhere.
  std::vector<std::string> files;
  std::vector<Entry> entries;  ///< in the order of reading
  std::vector<Client> clients;
  std::vector<ClientRule> client_rules;
  std::vector<config::Problem> problems;  ///< each names the file with list_path, and the line
};

/// Reads all lists and enabled client files below `list_path`; badclients-lists(5) has the syntax.
/// Never throws on their content: a bad line, an unreadable file, or a folder in a list's place is
/// a problem, and the rest counts. A missing list is no problem, a missing `list_path` is one. A
/// file that looks like a list but has another name is a warning.
///
/// Lists, of each Field in its order: NAME.deny.lst, NAME.deny.d/*.lst sorted by name, then the
/// same for allow. Files over 256 MiB and lines over 4096 bytes are problems. Other files in a
/// folder (hidden ones, backups of editors and packages) are skipped in silence.
///
/// Client files, `clients/*.client` sorted by name, files or symbolic links to them: header lines
/// `Name:` (required) `Vendor:` `About:` `Message:` (400 bytes at most) `Mode: monitor`, and for
/// people `Password:` `Evidence:` `Confidence:` (a word of `confidences`) `Date:` `Source:` (which
/// may repeat), and `No-Rule:` where there is none; a blank line; a rule a line, `field=value
/// field!=value`. A value with blanks in it stands in double quotes, where \" is a quote and \\ a
/// backslash. A value is what an entry of the field's list would be, without a comment;
/// `ip_net=@FILE` stands for the networks in FILE, one a line as in a list. FILE is absolute, or
/// looked for first in the folder of the client file (or of the link to it), then in the folder
/// that the client file really lies in. So newer networks beside a link replace the networks that
/// came with a file of the catalogue. A rule with any fault is not used at all, nor is a file
/// without a name. `user=@FILE` stands for the names in FILE (lists/name_file.hpp), which is
/// absolute, or relative to list_path. A line `@FILE` of user.allow.lst does the same.
///
/// A file ID.monitor beside ID.client, whatever is in it, puts the client in monitor mode, as
/// `Mode: monitor` does. It is for client files that are links, and cannot be edited.
RuleBook read_lists(const std::string& list_path);

/// Receives what lists and client files say while they are read.
class RuleSink {
 public:
  RuleSink() = default;
  RuleSink(const RuleSink&) = delete;
  RuleSink& operator=(const RuleSink&) = delete;
  virtual ~RuleSink() = default;

  /// Adds a file that was read, as in RuleBook::files. Returns its number.
  virtual std::uint32_t add_file(const std::string& path) = 0;
  virtual void add(Entry entry) = 0;
  /// Adds a client; its rules follow. Returns its number.
  virtual std::uint32_t add(Client client) = 0;
  virtual void add(ClientRule rule) = 0;
  virtual void report(config::Problem problem) = 0;
};

class Dependencies;
/// The same, into `sink`: lists of a million lines need not fit into memory.
void read_lists(const std::string& list_path, Dependencies& dependencies, RuleSink& sink);

/// Reads one file as if it were in list_path: by its name a list (`ip_net.deny.lst`,
/// `rev_host.allow.d/x.lst`, `maxmind/geo_cc.deny.lst`) or a client file. `sink` gets `path` as its
/// name. Its `@FILE`s of user names are those in `list_path`. False: the name is neither.
bool read_rules_file(const std::string& path, const std::string& list_path,
                     Dependencies& dependencies, RuleSink& sink);

/// Reads the client files of any folder, `*.client` sorted by name, as those of list_path/clients.
/// RuleBook::files are relative to `folder`.
RuleBook read_clients(const std::string& folder);

}  // namespace badclients::lists
