#include "network/questions/whois_reading.hpp"

#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "places.hpp"

using namespace badclients;
using network::read_whois;
using Kind = network::WhoisReading::Kind;
using Endpoint = config::Config::Endpoint;
using Handles = std::vector<std::string>;

namespace {

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

auto range(const char* first, const char* last) {
  return std::optional(std::pair(address(first), address(last)));
}

constexpr auto ripe = R"(% This is the RIPE Database query service.
% Information related to '139.162.0.0 - 139.162.255.255'

% Abuse contact for '139.162.0.0 - 139.162.255.255' is 'abuse@linode.com'

inetnum:        139.162.0.0 - 139.162.255.255
netname:        EU-LINODE-20141229
descr:          139.162.0.0/16
org:            ORG-LL72-RIPE
country:        US # somewhere
admin-c:        TA2589-RIPE
abuse-c:        LAS85-RIPE
tech-c:         TA2589-RIPE
status:         LEGACY
remarks:        Please send abuse reports to abuse@linode.com
+               netname: NOT-THIS
mnt-by:         linode-mnt, OTHER-MNT
mnt-lower:      LOWER-MNT
created:        2004-02-02T16:20:09Z
source:         RIPE # Filtered

organisation:   ORG-LL72-RIPE
org-name:       Linode, LLC
country:        DE
admin-c:        NOT-RIPE

% This query was served by the RIPE Database Query Service version 1.112
)";

constexpr auto arin = R"(#
# ARIN WHOIS data and services are subject to the Terms of Use
#

# start

NetRange:       52.96.0.0 - 52.115.255.255
CIDR:           52.96.0.0/12, 52.112.0.0/14
NetName:        MSFT
NetHandle:      NET-52-96-0-0-1
Parent:         NET52 (NET-52-0-0-0-0)
NetType:        Direct Allocation
Organization:   Microsoft Corporation (MSFT)

OrgName:        Microsoft Corporation
OrgId:          MSFT
Country:        US

OrgTechHandle: SINGH683-ARIN
OrgAbuseHandle: MAC74-ARIN
OrgAbuseHandle: MAC74-ARIN
RTechHandle: IPHOS5-ARIN

# end

# start

NetRange:       52.0.0.0 - 52.255.255.255
NetName:        NET52
NetHandle:      NET-52-0-0-0-0
Organization:   ARIN (ARIN)
OrgId:          ARIN

# end
)";

constexpr auto lacnic =
    "% Joint Whois - whois.lacnic.net\r\n"
    "\r\n"
    "inetnum:     200.57.128/19\r\n"
    "status:      allocated\r\n"
    "owner:       Triara.com, S.A. de C.V.\r\n"
    "ownerid:     MX-TSCV6-LACNIC\r\n"
    "responsible: Nicol\xe1s Calderon Lopez\r\n"
    "country:     MX\r\n"
    "owner-c:     RYT2\r\n"
    "tech-c:      RYT2\r\n"
    "abuse-c:     RYT2\r\n"
    "\r\n"
    "nic-hdl:     RYT2\r\n"
    "country:     BR\r\n"
    "\r\n"
    "% whois.lacnic.net accepts only direct match queries.\r\n";

}  // namespace

TEST_CASE("an RPSL network is read, and nothing of the objects behind it") {
  const auto reading = read_whois(ripe, address("139.162.133.252"));
  REQUIRE(reading.kind == Kind::network);
  CHECK(reading.registration.name == "EU-LINODE-20141229");
  CHECK(reading.registration.country == "US");
  CHECK(reading.registration.entities ==
        Handles{"ORG-LL72-RIPE", "TA2589-RIPE", "LAS85-RIPE", "linode-mnt", "OTHER-MNT"});
  CHECK(reading.registration.range == range("139.162.0.0", "139.162.255.255"));
  CHECK_FALSE(reading.referral);
}

TEST_CASE("an IPv6 network is read") {
  const auto reading = read_whois("inet6num: 2a01:7e00::/29\nnetname: V6-NET\ncountry: gb\n",
                                  address("2a01:7e01::1"));
  REQUIRE(reading.kind == Kind::network);
  CHECK(reading.registration.name == "V6-NET");
  CHECK(reading.registration.country == "GB");
  CHECK(reading.registration.range ==
        range("2a01:7e00::", "2a01:7e07:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST_CASE(
    "ARIN's most specific network is read with its organisation, whose country is not its own") {
  const auto reading = read_whois(arin, address("52.97.246.245"));
  REQUIRE(reading.kind == Kind::network);
  CHECK(reading.registration.name == "MSFT");
  CHECK(reading.registration.country.empty());
  CHECK(reading.registration.entities ==
        Handles{"MSFT", "SINGH683-ARIN", "MAC74-ARIN", "IPHOS5-ARIN"});
  CHECK(reading.registration.range == range("52.96.0.0", "52.115.255.255"));
}

TEST_CASE("of two networks with one range it is the inner one's, in either order") {
  const std::string range = "NetRange: 192.0.2.0 - 192.0.2.255\n";
  const auto outer = range + "NetName: OUTER\nNetHandle: NET-1\nParent: NET192 (NET-0)\n\n";
  const auto inner = range + "NetName: INNER\nNetHandle: NET-2\nParent: OUTER (NET-1)\n\n";
  for (const auto& answer : {outer + inner, inner + outer}) {
    CHECK(read_whois(answer, address("192.0.2.1")).registration.name == "INNER");
  }
}

TEST_CASE("ARIN's customers are entities") {
  const auto reading = read_whois(
      "NetRange: 198.51.100.0 - 198.51.100.255\nNetName: SMALL\nCustomer: Small Ltd. (C01234567)\n",
      address("198.51.100.7"));
  CHECK(reading.registration.entities == Handles{"C01234567"});
}

TEST_CASE("LACNIC's abbreviated networks are read, and the owner is the name") {
  const auto reading = read_whois(lacnic, address("200.57.141.161"));
  REQUIRE(reading.kind == Kind::network);
  CHECK(reading.registration.name == "Triara.com, S.A. de C.V.");
  CHECK(reading.registration.country == "MX");
  CHECK(reading.registration.entities == Handles{"MX-TSCV6-LACNIC", "RYT2"});
  CHECK(reading.registration.range == range("200.57.128.0", "200.57.159.255"));
}

TEST_CASE("names in Latin-1 become UTF-8") {
  const auto reading = read_whois("inetnum: 192.0.2.0/24\nnetname: M\xdcNCHEN\n\nowner: \xc3\x9c\n",
                                  address("192.0.2.1"));
  CHECK(reading.registration.name == "M\xc3\x9cNCHEN");
}

TEST_CASE("networks that do not hold the address, or are none, do not count") {
  for (const auto* answer :
       {"inetnum: 10.0.0.0 - 10.255.255.255\nnetname: OTHER\n",
        "inetnum: 192.0.2.255 - 192.0.2.0\n", "inetnum: 192.0.2.0\n", "inetnum: nonsense - more\n",
        "inetnum: 192.0.2.0/33\n", "inetnum: 0.0.0.0 - ::ffff\n", "inet6num: ::/0\n",
        "netname: NO-NETWORK\n"}) {
    CHECK(read_whois(answer, address("192.0.2.1")).kind == Kind::unreadable);
  }
}

TEST_CASE("ARIN refers to other registries, and to their WHOIS servers only") {
  const auto referral = [](const std::string& line) {
    return read_whois("NetRange: 62.0.0.0 - 62.255.255.255\nNetName: 62-RIPE\n\nOrgId: RIPE\n" +
                          line + "\n",
                      address("62.239.237.1"))
        .referral;
  };
  CHECK(referral("ReferralServer:  whois://whois.ripe.net") == Endpoint{"whois.ripe.net", 43});
  CHECK(referral("ReferralServer:  whois://WHOIS.ripe.net:43/") == Endpoint{"whois.ripe.net", 43});
  CHECK(referral("ReferralServer: whois://192.0.2.1:4343") == Endpoint{"192.0.2.1", 4343});
  CHECK(referral("ReferralServer: whois://[2001:db8::1]:4343") == Endpoint{"2001:db8::1", 4343});
  CHECK(referral("ReferralServer: whois://[2001:db8::1]") == Endpoint{"2001:db8::1", 43});
  for (const auto* line :
       {"ReferralServer: rwhois://rwhois.example.net:4321", "ReferralServer: https://example.net",
        "ReferralServer: whois://", "ReferralServer: whois://host:25",
        "ReferralServer: whois://host:99999", "ReferralServer: whois://host:", "Comment: x"}) {
    CHECK_FALSE(referral(line));
  }
}

TEST_CASE("IANA refers to the registry") {
  const auto reading = read_whois(
      "% IANA WHOIS server\n\nrefer:        whois.ripe.net\n\n"
      "inetnum:      62.0.0.0 - 62.255.255.255\norganisation: RIPE NCC\nstatus:       ALLOCATED\n\n"
      "whois:        whois.ripe.net\n",
      address("62.239.237.1"));
  CHECK(reading.referral == Endpoint{"whois.ripe.net", 43});
}

TEST_CASE("a registry's word that the network is another's is seen as that") {
  const auto kind = [](const std::string& name, const std::string& range) {
    return read_whois("inetnum: " + range + "\nnetname: " + name + "\ncountry: EU # world\n",
                      address("192.0.2.1"))
        .kind;
  };
  CHECK(kind("NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "192.0.0.0 - 192.0.255.255") == Kind::elsewhere);
  CHECK(kind("IANA-NETBLOCK-8", "192.0.0.0 - 192.0.255.255") == Kind::elsewhere);
  CHECK(kind("ANYTHING", "0.0.0.0 - 255.255.255.255") == Kind::elsewhere);
  CHECK(kind("NON-PROFIT-NET", "192.0.2.0 - 192.0.2.255") == Kind::network);
}

TEST_CASE("a list that goes on in further lines is read to its end") {
  const auto reading = read_whois(
      "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: A-NET\n+B-NET\ndescr: a\n  mnt-by: NOT-MNT\n"
      "mnt-by: A-MNT, # ours\n        B-MNT\n+       C-MNT # theirs\n+\nadmin-c: D-RIPE\n"
      "\tE-RIPE\nsource: RIPE\n",
      address("192.0.2.1"));
  REQUIRE(reading.kind == Kind::network);
  CHECK(reading.registration.name == "A-NET");
  CHECK(reading.registration.entities == Handles{"A-MNT", "B-MNT", "C-MNT", "D-RIPE", "E-RIPE"});
}

TEST_CASE("an answer that ends in the midst of a network is cut off, wherever that is") {
  const std::string object =
      "inetnum: 192.0.2.0 - 192.0.2.255\r\nnetname: A-NET\r\ncountry: NL\r\n"
      "mnt-by: A-MNT, B-MNT\r\n";
  const auto kind = [](const std::string& answer) {
    return read_whois(answer, address("192.0.2.1")).kind;
  };
  const auto is_believed = [&](const std::string& answer) { return kind(answer) == Kind::network; };
  const auto whole = "% A banner\r\n\r\n" + object + "source: RIPE\r\n";
  for (std::size_t size = 0; size < whole.find("source:"); ++size) {
    INFO(whole.substr(0, size));
    const bool at_line_end = size > 0 && whole[size - 1] == '\n';
    CHECK(is_believed(whole.substr(0, size)) == (at_line_end && size >= whole.find("netname:")));
  }
  CHECK(is_believed(whole));
  CHECK(is_believed(object + "source: RI"));
  CHECK(is_believed(object + "\r\norganisation: A"));

  const std::string arin = "NetRange: 192.0.0.0 - 192.0.255.255\nNetName: A\nOrgId: A\n";
  CHECK(is_believed(arin));
  CHECK(kind(arin + "\nOrgTechHandle: TE") == Kind::cut_off);
  CHECK(is_believed("# start\n\n" + arin + "\n# end\n"));
  CHECK(kind("# start\n\n" + arin + "\n# end\n\n# start\n\n") == Kind::cut_off);
}

TEST_CASE("no entries is an answer") {
  for (const auto* answer :
       {"%ERROR:101: no entries found\n%\n% No entries found in source RIPE.\n",
        "\n#\n# ARIN WHOIS data\n#\n\nNo match found for n + 192.0.2.1.\n",
        "% No match for 192.0.2.1\n"}) {
    CHECK(read_whois(answer, address("192.0.2.1")).kind == Kind::nothing);
  }
}

TEST_CASE("every registry's words for asking too much are understood") {
  const auto said = [](const std::string& answer) {
    const auto reading = read_whois(answer, address("139.162.133.252"));
    return reading.kind == Kind::not_now ? reading.said : "not understood";
  };
  CHECK(said("% This is the RIPE Database query service.\n\n"
             "%ERROR:201: access denied for 192.0.2.1\n%\n% Queries from your IP address have "
             "passed the daily limit\n") == "%ERROR:201: access denied for 192.0.2.1");
  CHECK(said("% LACNIC\n\nquery rate limit exceeded\n") == "query rate limit exceeded");
  CHECK(said("% Permission denied.\n") == "% Permission denied.");
  CHECK(said("#ERROR: number of queries exceeded\n") == "#ERROR: number of queries exceeded");
  CHECK(said("ERROR: Too many connections\n") == "Too many connections");
  for (const auto* words :
       {"Queries interval is too short.", "Your query is too fast", "The IP is refused",
        "Access restricted", "% Maximum query rate reached", "Maximum number of queries reached",
        "You have exceeded the maximum allowable number of whois lookups", "% Limite excedido"}) {
    CHECK(said(std::string(words) + "\r\n") == words);
  }
  // A network stands in the answer all the same, without what was asked for.
  CHECK(said(std::string("% Query rate limit exceeded. Reduced information.\n\n") + ripe) ==
        "% Query rate limit exceeded. Reduced information.");
}

TEST_CASE("what is no WHOIS answer is quoted, without bytes that could do harm") {
  const auto reading = read_whois("<html>\n\x1b[31m hello\n", address("192.0.2.1"));
  CHECK(reading.kind == Kind::unreadable);
  CHECK(reading.said == "<html>");
  CHECK(read_whois("\x1b[31m\xff", address("192.0.2.1")).said == "?[31m?");
  CHECK(read_whois("", address("192.0.2.1")).kind == Kind::unreadable);
  CHECK(read_whois("\n", address("192.0.2.1")).kind == Kind::unreadable);
}

TEST_CASE("entities and names are bounded") {
  std::string answer = "inetnum: 192.0.2.0/24\nnetname: " + std::string(5000, 'x') + "\n";
  for (int i = 0; i < 200; ++i) answer += "mnt-by: M" + std::to_string(i) + "\n";
  const auto reading = read_whois(answer, address("192.0.2.1"));
  CHECK(reading.registration.name.size() == 1024);
  CHECK(reading.registration.entities.size() == 64);
}

TEST_CASE("recorded answers of the five registries are understood") {
  struct Recorded {
    const char *registry, *asked, *name, *country, *first, *last;
    Handles entities;
  };
  const std::vector<Recorded> recorded{
      {"afrinic",
       "196.11.240.215",
       "NET-196-11-239-0",
       "ZA",
       "196.11.239.0",
       "196.11.246.255",
       {"ORG-VSA1-AFRINIC", "MBIP-AFRINIC", "AFRINIC-HM-MNT"}},
      {"apnic",
       "210.107.73.73",
       "BORANET-NET-210-107",
       "KR",
       "210.107.0.0",
       "210.107.127.255",
       {"DB50-AP", "APNIC-HM", "IRT-KRNIC-KR"}},
      {"arin",
       "74.125.225.229",
       "GOOGLE",
       "",
       "74.125.0.0",
       "74.125.255.255",
       {"GOGL", "ZG39-ARIN"}},
      {"lacnic",
       "200.57.141.161",
       "Triara.com, S.A. de C.V.",
       "MX",
       "200.57.128.0",
       "200.57.159.255",
       {"MX-TSCV6-LACNIC", "RYT2"}},
      {"ripencc",
       "62.239.237.1",
       "BT-CORPORATE",
       "GB",
       "62.239.237.0",
       "62.239.237.255",
       {"BCER1-RIPE", "BTCR1-RIPE", "BTCR3-RIPE", "BTENT-MNT"}},
  };
  for (const auto& each : recorded) {
    const auto path = std::string(BADCLIENTS_SOURCE_ROOT) + "/../shared/data/registration/" +
                      each.registry + "-" + each.asked + ".whois.txt";
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      WARN("skipped: no " << path);
      return;
    }
    const std::string answer{std::istreambuf_iterator<char>(file), {}};
    const auto reading = read_whois(answer, address(each.asked));
    INFO(each.registry);
    REQUIRE(reading.kind == Kind::network);
    CHECK(reading.registration.name == each.name);
    CHECK(reading.registration.country == each.country);
    CHECK(reading.registration.range == range(each.first, each.last));
    CHECK(reading.registration.entities == each.entities);
  }
}
