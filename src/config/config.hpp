#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/kept_file.hpp"
#include "config/limit.hpp"
#include "config/problem.hpp"
#include "net/network.hpp"

/// The configuration file: its keys, their defaults, their checks.
namespace badclients::config {

inline constexpr std::string_view default_path = "/etc/dovecot/bad_clients.conf.ext";

/// lookup/deadline, where nothing else is configured.
inline constexpr std::chrono::milliseconds default_deadline{5000};

/// libexecdir/badclients/badclients-lookup of this build.
std::string_view default_helper();

enum class Mode : std::uint8_t { enforce, monitor };
enum class OnError : std::uint8_t { allow, deny, tempfail };
enum class LogFormat : std::uint8_t { line, json };
/// `local`, registry data (registry/), is never but the first of them.
enum class OriginSource : std::uint8_t { local, dns, whois };
enum class RegistrationSource : std::uint8_t { local, rdap, whois };
/// What `badclientsctl registry update` fetches; badclients-registry(7) says what each is.
enum class RegistrySource : std::uint8_t { ris, asn, delegated, ripe, apnic, afrinic };

/// Whether registry data is one of them.
template <class Source>
bool has_local(const std::vector<Source>& sources) {
  return !sources.empty() && sources.front() == Source::local;
}
/// Those that are asked over the network.
template <class Source>
std::span<const Source> live(const std::vector<Source>& sources) {
  return std::span(sources).subspan(has_local(sources) ? 1 : 0);
}

/// Every setting of bad_clients.conf(5), with its default. Names are the file's, section by
/// section.
struct Config {
  struct General {
    std::string list_path = "/etc/dovecot/lists";
    std::string state_path = "/var/lib/badclients";
    Mode mode = Mode::enforce;
    std::vector<std::string> disabled_services;  ///< lower case
    std::vector<net::Network> ignore_networks;
    bool log_local = false;
    std::string log = "auto";  ///< "auto" "dovecot" "syslog" "stderr" "none" or an absolute path
    LogFormat log_format = LogFormat::line;
    OnError on_error = OnError::allow;
    std::string deny_message;
    std::vector<std::string> deny_message_services;
    bool enable_maxmind = true;  ///< `no` switches the databases off, as in the original
    friend bool operator==(const General&, const General&) = default;
  } general;

  struct Lookup {
    std::chrono::milliseconds deadline{default_deadline};
    bool reverse_dns = true;
    std::vector<OriginSource> origin{OriginSource::local, OriginSource::dns,
                                     OriginSource::whois};  ///< empty: `none`
    std::vector<RegistrationSource> registration{RegistrationSource::local,
                                                 RegistrationSource::rdap,
                                                 RegistrationSource::whois};  ///< empty: `none`
    /// libexecdir/badclients/badclients-lookup of this build
    std::string helper{default_helper()};
    friend bool operator==(const Lookup&, const Lookup&) = default;
  } lookup;

  /// One host that listens: an address or a name, and a port.
  struct Endpoint {
    std::string host;  ///< no brackets
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
  };

  struct Dns {
    std::vector<Endpoint> nameserver;  ///< addresses only; empty: those of /etc/resolv.conf
    std::string origin_zone = "origin.asn.cymru.com";
    std::string origin6_zone = "origin6.asn.cymru.com";
    std::string asn_zone = "asn.cymru.com";
    friend bool operator==(const Dns&, const Dns&) = default;
  } dns;

  struct Whois {
    Endpoint arin{"whois.arin.net", 43};
    Endpoint ripencc{"whois.ripe.net", 43};
    Endpoint apnic{"whois.apnic.net", 43};
    Endpoint lacnic{"whois.lacnic.net", 43};
    Endpoint afrinic{"whois.afrinic.net", 43};
    Endpoint iana{"whois.iana.org", 43};
    Endpoint cymru{"whois.cymru.com", 43};
    friend bool operator==(const Whois&, const Whois&) = default;
  } whois;

  struct Rdap {
    std::string arin = "https://rdap.arin.net/registry/";
    std::string ripencc = "https://rdap.db.ripe.net/";
    std::string apnic = "https://rdap.apnic.net/";
    std::string lacnic = "https://rdap.lacnic.net/rdap/";
    std::string afrinic = "https://rdap.afrinic.net/rdap/";
    std::string ca_file;  ///< empty: the system's store
    std::string proxy;    ///< URL of an HTTP proxy, with a slash at its end; empty: none
    friend bool operator==(const Rdap&, const Rdap&) = default;
  } rdap;

  /// How often each registry may be asked, by RDAP and WHOIS together, and how often any one server
  /// that a registry refers to.
  struct Budget {
    Limits arin{{{}, 120, std::chrono::minutes{1}}};
    Limits ripencc{{{}, 120, std::chrono::minutes{1}},
                   {Service::rdap, 500, std::chrono::hours{24}}};
    Limits apnic{{{}, 60, std::chrono::minutes{1}}, {{}, 1000, std::chrono::hours{24}}};
    Limits lacnic{{{}, 8, std::chrono::minutes{1}}};
    Limits afrinic{{{}, 60, std::chrono::minutes{1}}, {{}, 800, std::chrono::hours{24}}};
    Limits iana{{{}, 60, std::chrono::minutes{1}}};
    Limits cymru{{{}, 120, std::chrono::minutes{1}}};
    Limits other{{{}, 20, std::chrono::minutes{1}}};
    friend bool operator==(const Budget&, const Budget&) = default;
  } budget;

  struct Cache {
    std::chrono::seconds ttl{std::chrono::hours{24}};
    std::chrono::seconds negative_ttl{std::chrono::minutes{10}};
    std::chrono::seconds stale{std::chrono::hours{24 * 7}};
    unsigned ipv4_network = 24;  ///< prefix length, 0 to 32
    unsigned ipv6_network = 48;  ///< prefix length, 0 to 128
    std::uint64_t max_entries = 1'000'000;
    std::string shared;  ///< for read_shared_place; empty: none
    std::chrono::milliseconds shared_patience{50};
    friend bool operator==(const Cache&, const Cache&) = default;
  } cache;

  /// Data of registries that is held locally.
  struct Registry {
    std::vector<RegistrySource> sources{RegistrySource::ris, RegistrySource::asn,
                                        RegistrySource::delegated};
    std::chrono::seconds max_age{std::chrono::hours{24 * 14}};  ///< older data is not used
    friend bool operator==(const Registry&, const Registry&) = default;
  } registry;

  /// Paths; relative ones count from the configuration file's folder. Empty: none.
  struct Maxmind {
    std::string geo_city, geo_asn, anonymous_ip;
    friend bool operator==(const Maxmind&, const Maxmind&) = default;
  } maxmind;

  struct Policy {
    /// Path; a relative one counts from the configuration file's folder. Empty: no secret is asked
    /// for.
    std::string secret_file;
    friend bool operator==(const Policy&, const Policy&) = default;
  } policy;

  /// A line of [update]: a list, and the source that `badclientsctl update` makes it from. Both are
  /// the administrator's words; the command checks them.
  struct Update {
    std::string list, source;
    unsigned line = 0;  ///< in the configuration file
    friend bool operator==(const Update&, const Update&) = default;
  };
  std::vector<Update> update;  ///< in the file's order, each list once

  friend bool operator==(const Config&, const Config&) = default;
};

/// What reading a file gave: settings for every line that was good, a problem for every other.
struct Loaded {
  Config config;
  std::vector<Problem> problems;
};

/// Reads `path`. Unknown keys and bad values are problems, and keep the default; the rest counts.
/// What was probably meant for general/mode and is misspelt (its value, its key, its section) is
/// the first of the problems, and mode is `monitor`: a slip of the pen refuses nobody. Error: why
/// the file cannot be read.
tl::expected<Loaded, Problem> load(const std::string& path);

/// What load() gave, as a process keeps it from one login to the next.
using Kept = base::KeptFile<Loaded, Problem>;

/// The same for text already at hand; `name` is the file name in problems, and relative paths count
/// from its folder.
Loaded parse(std::string_view text, const std::string& name);

/// One key, for the manual and lint too (config/table.hpp).
struct Key {
  std::string_view section, name;
  std::string_view default_text;  ///< as it would be written in the file
  std::string_view summary;       ///< one line
  bool from_original = false;     ///< accepted for files of the original; has no effect here
};

}  // namespace badclients::config
