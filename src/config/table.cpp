#include "config/table.hpp"

#include "config/setters.hpp"

namespace badclients::config {

namespace {

using namespace setters;

using G = C::General;
using L = C::Lookup;
using D = C::Dns;
using W = C::Whois;
using R = C::Rdap;
using B = C::Budget;
using K = C::Cache;
using Y = C::Registry;
using X = C::Maxmind;

constexpr std::int64_t year = 365LL * 24 * 3600;

constexpr Row rows[] = {
    {{"general", "list_path", "/etc/dovecot/lists", "folder with the lists"},
     path<&C::general, &G::list_path>},
    {{"general", "state_path", "/var/lib/badclients", "folder with the cache and the list index"},
     path<&C::general, &G::state_path>},
    {{"general", "mode", "enforce", "enforce, or monitor: decide and log, refuse nobody"},
     word<&G::mode, modes>},
    {{"general", "disabled_services", "", "services that are always refused"},
     services<&G::disabled_services>},
    {{"general", "ignore_networks", "", "networks that are never refused and never logged"},
     networks},
    {{"general", "log_local", "no", "log logins from special-purpose addresses too"},
     boolean<&C::general, &G::log_local>},
    {{"general", "log", "auto", "auto, dovecot, syslog, stderr, none or a file's absolute path"},
     log},
    {{"general", "log_format", "line", "line, or json: one object a login with the same fields"},
     word<&G::log_format, log_formats>},
    {{"general", "on_error", "allow",
      "allow, deny or tempfail where nothing matched but a fact that some rule needs is unknown"},
     word<&G::on_error, error_policies>},
    {{"general", "deny_message", "", "text that a refused user gets; the whole rest of the line"},
     deny_message,
     false},
    {{"general", "deny_message_services", "",
      "services whose users get it, where Dovecot proxies nobody; never smtp"},
     message_services},
    {{"general", "enable_maxmind", "yes", "use the databases of [maxmind]"},
     boolean<&C::general, &G::enable_maxmind>},
    {{"general", "cachepath", "", "cache of the original", true}, cachepath},
    {{"general", "asn_script_path", "", "look-up script of the original", true}, asn_script_path},
    {{"general", "result_success", "", "passdb result of the original", true}, result_success},
    {{"general", "result_block", "", "passdb result of the original", true}, result_block},
    {{"general", "process_unknown", "", "which logins the original looked at", true},
     process_unknown},

    {{"lookup", "deadline", "5s", "a login never waits longer for the network"},
     [](C& config, Text value, Text) {
       return keep(config.lookup.deadline, read_duration(value, 100ms, 60s));
     }},
    {{"lookup", "reverse_dns", "yes", "look up reverse names"},
     boolean<&C::lookup, &L::reverse_dns>},
    {{"lookup", "origin", "local dns whois", "where the origin AS comes from, in order; or none"},
     sources<&C::lookup, &L::origin, origin_sources>},
    {{"lookup", "registration", "local rdap whois",
      "where network name, country and entities come from, in order; or none"},
     sources<&C::lookup, &L::registration, registration_sources>},
    {{"lookup", "helper", BADCLIENTS_HELPER, "the program that asks the network"},
     path<&C::lookup, &L::helper>},

    {{"dns", "nameserver", "",
      "ADDRESS, ADDRESS:PORT or [IPV6]:PORT, several; those of "
      "/etc/resolv.conf where empty"},
     nameservers},
    {{"dns", "origin_zone", "origin.asn.cymru.com", "zone with the origin of IPv4 addresses"},
     zone<&D::origin_zone>},
    {{"dns", "origin6_zone", "origin6.asn.cymru.com", "zone with the origin of IPv6 addresses"},
     zone<&D::origin6_zone>},
    {{"dns", "asn_zone", "asn.cymru.com", "zone with the descriptions of autonomous systems"},
     zone<&D::asn_zone>},

    {{"whois", "arin", "whois.arin.net", "WHOIS server, HOST or HOST:PORT"},
     whois_server<&W::arin>},
    {{"whois", "ripencc", "whois.ripe.net", "WHOIS server, HOST or HOST:PORT"},
     whois_server<&W::ripencc>},
    {{"whois", "apnic", "whois.apnic.net", "WHOIS server, HOST or HOST:PORT"},
     whois_server<&W::apnic>},
    {{"whois", "lacnic", "whois.lacnic.net", "WHOIS server, HOST or HOST:PORT"},
     whois_server<&W::lacnic>},
    {{"whois", "afrinic", "whois.afrinic.net", "WHOIS server, HOST or HOST:PORT"},
     whois_server<&W::afrinic>},
    {{"whois", "iana", "whois.iana.org", "WHOIS server that knows the registries"},
     whois_server<&W::iana>},
    {{"whois", "cymru", "whois.cymru.com", "WHOIS server that knows the origin AS"},
     whois_server<&W::cymru>},

    {{"rdap", "arin", "https://rdap.arin.net/registry/", "base URL of RDAP"}, base_url<&R::arin>},
    {{"rdap", "ripencc", "https://rdap.db.ripe.net/", "base URL of RDAP"}, base_url<&R::ripencc>},
    {{"rdap", "apnic", "https://rdap.apnic.net/", "base URL of RDAP"}, base_url<&R::apnic>},
    {{"rdap", "lacnic", "https://rdap.lacnic.net/rdap/", "base URL of RDAP"}, base_url<&R::lacnic>},
    {{"rdap", "afrinic", "https://rdap.afrinic.net/rdap/", "base URL of RDAP"},
     base_url<&R::afrinic>},
    {{"rdap", "ca_file", "", "certificates of the authorities to trust; the system's where empty"},
     path_or_none<&C::rdap, &R::ca_file>},
    {{"rdap", "proxy", "", "HTTP proxy to go through, http://HOST:PORT/; none where empty"},
     url_or_none<&R::proxy>},

    {{"budget", "arin", "120/1m", "how often ARIN may be asked: COUNT/DURATION; or none"},
     limits<&B::arin>},
    {{"budget", "ripencc", "120/1m rdap:500/24h", "how often the RIPE NCC may be asked"},
     limits<&B::ripencc>},
    {{"budget", "apnic", "60/1m 1000/24h", "how often APNIC may be asked"}, limits<&B::apnic>},
    {{"budget", "lacnic", "8/1m", "how often LACNIC may be asked"}, limits<&B::lacnic>},
    {{"budget", "afrinic", "60/1m 800/24h", "how often AFRINIC may be asked"}, limits<&B::afrinic>},
    {{"budget", "iana", "60/1m", "how often IANA may be asked"}, limits<&B::iana>},
    {{"budget", "cymru", "120/1m", "how often Team Cymru may be asked over WHOIS"},
     limits<&B::cymru>},
    {{"budget", "other", "20/1m",
      "how often any one server may be asked that a registry refers to"},
     limits<&B::other>},

    {{"cache", "ttl", "24h", "how long a registration serves"},
     seconds<&C::cache, &K::ttl, 1, year>},
    {{"cache", "negative_ttl", "10m", "how long a failure is remembered"},
     seconds<&C::cache, &K::negative_ttl, 0, year>},
    {{"cache", "stale", "7d", "how long an expired answer may serve while it is refreshed"},
     seconds<&C::cache, &K::stale, 0, year>},
    {{"cache", "ipv4_network", "24", "largest IPv4 block that one answer serves, as prefix length"},
     number<&K::ipv4_network, 0, 32>},
    {{"cache", "ipv6_network", "48", "largest IPv6 block that one answer serves, as prefix length"},
     number<&K::ipv6_network, 0, 128>},
    {{"cache", "max_entries", "1000000", "answers kept; the oldest go first"},
     number<&K::max_entries, 1, 1'000'000'000>},
    {{"cache", "shared", "", "redis://HOST:PORT/DB or unix:/PATH of a cache that hosts share"},
     shared},
    {{"cache", "shared_patience", "50ms", "how long the shared cache may take for an answer"},
     [](C& config, Text value, Text) {
       return keep(config.cache.shared_patience, read_duration(value, 1ms, 60s));
     }},

    {{"registry", "sources", "ris asn delegated",
      "what 'badclientsctl registry update' fetches; also ripe, apnic, afrinic"},
     registry_sources},
    {{"registry", "max_age", "14d", "older registry data is not used"},
     seconds<&C::registry, &Y::max_age, 3600, year>},

    {{"maxmind", "geo_city", "", "GeoLite2 or GeoIP2 City database"},
     path_beside<&C::maxmind, &X::geo_city>},
    {{"maxmind", "geo_asn", "", "GeoLite2 ASN database"}, path_beside<&C::maxmind, &X::geo_asn>},
    {{"maxmind", "anonymous_ip", "", "GeoIP2 Anonymous IP database"},
     path_beside<&C::maxmind, &X::anonymous_ip>},

    {{"policy", "secret_file", "",
      "file (mode 0600) with the secret that badclients-policy asks for; none where empty"},
     path_beside<&C::policy, &C::Policy::secret_file>},
};

}  // namespace

std::span<const Row> table() {
  return rows;
}

}  // namespace badclients::config
