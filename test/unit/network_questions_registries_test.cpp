#include <filesystem>

#include "catch.hpp"
#include "network/questions/rdap_reading.hpp"
#include "network/questions/whois_reading.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

/// What each registry answers where an address is no holder's: free, transferred, registered before
/// there were registries, asked for too often. Answers like the real ones, in words of our own.
using namespace badclients;
using network::read_rdap;
using network::read_whois;
using network::Registry;
using Kind = network::WhoisReading::Kind;
using Handles = std::vector<std::string>;
using RdapKind = network::RdapFailure::Kind;

namespace {

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

auto range(const char* first, const char* last) {
  return std::optional(std::pair(address(first), address(last)));
}

constexpr auto asked = "203.0.113.7";

network::WhoisReading read(const std::string& answer, const char* about = asked) {
  return read_whois(answer, address(about));
}

Kind kind(const std::string& answer, const char* about = asked) {
  return read(answer, about).kind;
}

/// Whose the address is, as the answer says.
std::optional<Registry> owner(const std::string& answer, const char* about = asked) {
  const auto reading = read(answer, about);
  REQUIRE(reading.kind == Kind::elsewhere);
  return reading.registry;
}

std::string arin(const std::string& type, const std::string& more = "") {
  return "\n#\n# ARIN WHOIS data and services are subject to the Terms of Use\n#\n\n"
         "NetRange:       203.0.0.0 - 203.255.255.255\nCIDR:           203.0.0.0/8\n"
         "NetName:        BLOCK-203\nNetHandle:      NET-203-0-0-0-1\nParent:          ()\n"
         "NetType:        " +
         type +
         "\nOriginAS:\nOrganization:   Some Registry (SOMEORG)\n\n\nOrgName: Some Registry\n" +
         "OrgId:          SOMEORG\nCountry:        NL\n\n" + more + "\n";
}

/// An object that only the registry itself maintains.
std::string rpsl(const std::string& name, const std::string& maintainer,
                 const std::string& more = "") {
  return "% This is the RIPE Database query service.\n\n"
         "inetnum:        203.0.0.0 - 203.127.255.255\nnetname:        " +
         name + "\ncountry:        EU # world wide\n" + more + "mnt-by:         " + maintainer +
         "\nsource:         TEST\n";
}

}  // namespace

TEST_CASE(
    "ARIN's word that a block is another registry's is followed, with or without a referral") {
  CHECK(owner(arin("Allocated to RIPE NCC")) == Registry::ripencc);
  CHECK(owner(arin("Early Registrations, Transferred to RIPE NCC")) == Registry::ripencc);
  CHECK(owner(arin("Early Registrations, Maintained by RIPE NCC")) == Registry::ripencc);
  CHECK(owner(arin("Allocated to APNIC")) == Registry::apnic);
  CHECK(owner(arin("Early Registrations, Transferred to APNIC")) == Registry::apnic);
  CHECK(owner(arin("Transferred to LACNIC")) == Registry::lacnic);
  CHECK(owner(arin("Transferred to AfriNIC", "ReferralServer:  whois://whois.afrinic.net\n")) ==
        Registry::afrinic);
}

TEST_CASE("blocks that ARIN keeps for registries or for nobody are nobody's networks") {
  CHECK(kind(arin("Early Registrations, Maintained by ARIN")) == Kind::nothing);
  CHECK(kind(arin("Allocated to ARIN")) == Kind::nothing);
  CHECK(kind(arin("IANA Special Use")) == Kind::nothing);
  CHECK(kind(arin("IANA Reserved")) == Kind::nothing);
  for (const auto* type : {"Direct Allocation", "Direct Assignment", "Reassigned", "Reallocated"}) {
    CHECK(kind(arin(type)) == Kind::network);
  }
}

TEST_CASE("ARIN's referral is understood without a scheme, too") {
  const auto referral = [](const std::string& value) {
    return read(arin("Reallocated", "ReferralServer:  " + value + "\n")).referral;
  };
  using Endpoint = config::Config::Endpoint;
  CHECK(referral("whois.ripe.net") == Endpoint{"whois.ripe.net", 43});
  CHECK(referral("Whois.Example.net:4343/") == Endpoint{"whois.example.net", 4343});
  CHECK_FALSE(referral("rwhois.example.net:25"));
  CHECK_FALSE(referral("rwhois.example.net:4321"));
  CHECK_FALSE(referral("rwhois://rwhois.example.net:4321"));
  CHECK_FALSE(referral("see our web page"));
  CHECK_FALSE(referral(""));
}

TEST_CASE("of ARIN's networks with one range the customer's counts, in whatever order they come") {
  const std::string parent =
      "NetRange: 203.0.113.0 - 203.0.113.255\nNetName: PROVIDER\nNetHandle: NET-203-0-113-0-1\n"
      "Parent: NET203 (NET-203-0-0-0-0)\nNetType: Direct Allocation\n"
      "Organization: Provider (PROV)\n\n";
  const std::string child =
      "NetRange: 203.0.113.0 - 203.0.113.255\nNetName: CUSTOMER\nNetHandle: NET-203-0-113-0-2\n"
      "Parent: PROVIDER (NET-203-0-113-0-1)\nNetType: Reassigned\n"
      "Customer: Customer (C01234567)\n\n";
  CHECK(read(parent + child).registration.name == "CUSTOMER");
  CHECK(read(child + parent).registration.name == "CUSTOMER");
  CHECK(read(arin("Early Registrations, Maintained by ARIN") + child).registration.name ==
        "CUSTOMER");
}

TEST_CASE("a range of several blocks is one range") {
  const auto reading = read(
      "NetRange: 203.0.0.0 - 203.18.255.255\nCIDR: 203.0.0.0/12, 203.16.0.0/15, 203.18.0.0/16\n"
      "NetName: WIDE\nNetType: Direct Allocation\n");
  CHECK(reading.registration.range == range("203.0.0.0", "203.18.255.255"));
}

TEST_CASE("placeholders of registries lead to another registry, and to which where they say so") {
  CHECK(owner(rpsl("NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "RIPE-NCC-HM-MNT")) == std::nullopt);
  CHECK(owner(rpsl("IANA-NETBLOCK-203", "MAINT-APNIC-AP",
                   "descr: This network range is not allocated to APNIC.\n")) == std::nullopt);
  CHECK(
      owner(rpsl("ERX-NETBLOCK", "APNIC-HM",
                 "descr: Early registration addresses\n"
                 "remarks: - ARIN (Northern America)\nremarks: command line: whois.arin.net\n")) ==
      Registry::arin);
  CHECK(owner(rpsl("ERX-NETBLOCK", "APNIC-HM",
                   "remarks: command line: whois.afrinic.net\n"
                   "remarks: command line: whois.arin.net\n")) == std::nullopt);
  CHECK(owner(rpsl("ANY-NAME", "APNIC-HM",
                   "remarks: address range is not administered by APNIC.\n")) == std::nullopt);
  CHECK(owner(rpsl("STUB-203-0-113SLASH24", "APNIC-STUB",
                   "descr: Transferred to the RIPE region on 2020-12-08T07:54:04Z.\n")) ==
        Registry::ripencc);
  CHECK(owner(rpsl("STUB-203-0-113SLASH24", "APNIC-STUB",
                   "descr: Transferred to the ARIN region on 2020-12-08T07:54:04Z.\n")) ==
        Registry::arin);
  CHECK(owner(rpsl("AFRINIC-NET-TRANSFERRED-20050223", "RIPE-NCC-HM-MNT",
                   "descr: This network has been transferred to AFRINIC\n")) == Registry::afrinic);
  CHECK(owner(rpsl("ARIN-CIDR-BLOCK", "AFRINIC-HM-MNT")) == std::nullopt);
  CHECK(owner("inetnum: 0.0.0.0 - 255.255.255.255\nnetname: IANA-BLK\n") == std::nullopt);
}

TEST_CASE("no holder of a network can write it into a placeholder") {
  for (const auto* name : {"NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "IANA-NETBLOCK-203",
                           "ERX-NETBLOCK", "STUB-203", "EU-ZZ-203", "ARIN-CIDR-BLOCK"}) {
    CHECK(kind(rpsl(name, "EVIL-MNT")) == Kind::network);
    CHECK(kind(rpsl(name, "RIPE-NCC-HM-MNT\nmnt-by: EVIL-MNT")) == Kind::network);
  }
  for (const auto* text : {"descr: Transferred to the RIPE region on 2020-12-08.\n",
                           "descr: is currently in the free pool\nstatus: ALLOCATED UNSPECIFIED\n",
                           "remarks: address range is not administered by APNIC.\n"}) {
    CHECK(kind(rpsl("EVIL-NET", "EVIL-MNT", text)) == Kind::network);
  }
  CHECK(kind("NetRange: 203.0.113.0 - 203.0.113.255\nNetName: IANA-NETBLOCK-203\n"
             "NetType: Reassigned\nCustomer: Evil (C01234567)\n") == Kind::network);
  CHECK(kind("inetnum: 203.0.113/24\nstatus: reallocated\nowner: IANA-NETBLOCK\n"
             "ownerid: XX-EVIL-LACNIC\n") == Kind::network);
}

TEST_CASE("members of APNIC and AFRINIC, who describe what the registry maintains, hide nothing") {
  for (const auto* maintainer : {"APNIC-HM", "AFRINIC-HM-MNT", "MAINT-APNIC-AP"}) {
    for (const auto* text :
         {"descr: Transferred to the RIPE region on 2020-12-08.\n",
          "remarks: address range is not administered by APNIC.\n",
          "descr: is currently in the free pool\nstatus: ALLOCATED PORTABLE\n"}) {
      const auto reading =
          read(rpsl("EVIL-NET", maintainer, std::string("admin-c: EV1-AP\n") + text));
      CHECK(reading.kind == Kind::network);
      CHECK(reading.registration.name == "EVIL-NET");
    }
  }
}

TEST_CASE("the free pool of a registry is known to be nobody's") {
  CHECK(kind(rpsl("EU-ZZ-203", "RIPE-NCC-HM-MNT",
                  "descr: it means the IP address is currently in the free pool of\n"
                  "admin-c: IANA1-RIPE\nstatus: ALLOCATED UNSPECIFIED\n")) == Kind::nothing);
  CHECK(kind(rpsl("EU-ZZ-2A00", "RIPE-NCC-HM-MNT",
                  "org: ORG-NCC1-RIPE\nadmin-c: XX1-RIPE\nstatus: ALLOCATED-BY-RIR\n")) ==
        Kind::nothing);
  CHECK(kind(rpsl("POOL", "APNIC-HM", "admin-c: HM20-AP\nstatus: ALLOCATED PORTABLE\n")) ==
        Kind::nothing);
  CHECK(kind("inetnum: 203.0.0.0 - 203.255.255.255\nnetname: APNIC-AP\nmnt-by: APNIC-HM\n"
             "admin-c: XY1-AP\nstatus: ALLOCATED PORTABLE\n") == Kind::nothing);
  CHECK(kind("inet6num: 2a00::/12\nnetname: AFRINIC-6\nmnt-by: AFRINIC-HM-MNT\n", "2a00::1") ==
        Kind::nothing);
  // A registry's own network is a network, and so are its members' allocations and a company's /8.
  CHECK(kind(rpsl("RIPE-NCC", "RIPE-NCC-MNT", "admin-c: XX1-RIPE\nstatus: ASSIGNED PI\n")) ==
        Kind::network);
  CHECK(kind(rpsl("MEMBER-NET", "APNIC-HM", "admin-c: XX1-AP\nstatus: ALLOCATED PORTABLE\n")) ==
        Kind::network);
  CHECK(kind("inetnum: 203.0.0.0 - 203.255.255.255\nnetname: JPNIC-NET-JP\nmnt-by: APNIC-HM\n"
             "admin-c: JNIC1-AP\nstatus: ALLOCATED PORTABLE\n") == Kind::network);
  CHECK(kind("NetRange: 203.0.0.0 - 203.255.255.255\nNetName: FORD-NET\n"
             "NetType: Direct Assignment\nOrganization: Ford (FORD)\n") == Kind::network);
}

TEST_CASE("a registry's word that nothing is registered is an answer") {
  const std::string lacnic =
      "% Joint Whois - whois.lacnic.net\n%  This server accepts single ASN\n\n";
  const std::string tail = "\n% whois.lacnic.net accepts only direct match queries.\n";
  for (const auto* line :
       {"% Unallocated and unassigned in LACNIC block: 203.0.113.7",
        "% Unallocated resource: 203.0.113.7", "% Not assigned.", "% Reserved: 203.0.113.7",
        "% No match for 203.0.113.7", "No match!!", "% Unassigned resource: 203.0.113.7",
        "% This query returned 0 objects.", "%  No entries found for the selected source(s).",
        "%ERROR:101: no entries found", "No match found for n + 203.0.113.7."}) {
    CHECK(kind(lacnic + line + tail) == Kind::nothing);
  }
  CHECK(kind("inetnum: 203.0.113/24\nstatus: unallocated\nowner: LACNIC\n"
             "ownerid: UY-LACN-LACNIC\n") == Kind::nothing);
}

TEST_CASE("a denial is understood in the languages that registries speak") {
  const std::string nicbr =
      "% Copyright (c) Nic.br\n%  The use of the data below is only permitted as described in\n"
      "%  full by the terms of use.\n%  2024-01-01 00:00:00 (BRT -03:00)\n\n";
  for (const auto* line :
       {"% Permission denied.", "% Permiss\xe3o negada.", "% Permiss\xc3\xa3o negada.",
        "% Permiso denegado.", "% You don't have permission to use this service",
        "%ERROR:201: access denied for 192.0.2.24"}) {
    const auto reading = read(nicbr + line + "\n\n% and more text\n");
    CHECK(reading.kind == Kind::not_now);
    CHECK(reading.denied);
    CHECK_THAT(reading.said, ContainsSubstring(std::string(line).substr(0, 9)));
  }
  for (const auto* line :
       {"% Query rate limit exceeded", "% Maximum concurrent connections limit exceeded",
        "% Limite de consultas excedido.", "%ERROR:306: connections exceeded",
        "query limit exceeded"}) {
    const auto reading = read(nicbr + line + "\n");
    CHECK(reading.kind == Kind::not_now);
    CHECK_FALSE(reading.denied);
  }
  CHECK(kind(nicbr + "% Some Company Limited\n") == Kind::unreadable);
}

TEST_CASE("no holder of a network can write a refusal, or that nothing is there") {
  // RPSL values go on in lines that begin with a blank or a plus (RFC 2622 section 2).
  for (const auto* line :
       {"%ERROR:201: access denied for 192.0.2.24", "% Query rate limit exceeded",
        "# Query rate limit exceeded", "Query rate limit exceeded",
        "error: query rate limit exceeded", "% [whois.apnic.net]"}) {
    for (const auto* begin : {" ", "\t", "                ", "+ ", "+"}) {
      const auto reading = read(rpsl("EVIL-NET", "EVIL-MNT",
                                     std::string("remarks:        x\n") + begin + line + "\n" +
                                         begin + "and more\n" + begin + line + "\n"));
      INFO(begin << line);
      CHECK(reading.kind == Kind::network);
      CHECK(reading.registration.name == "EVIL-NET");
      CHECK(reading.registration.entities == Handles{"EVIL-MNT"});
    }
  }
  CHECK(kind(rpsl("EVIL-NET", "EVIL-MNT", "error: query rate limit exceeded\n")) == Kind::network);
  // Nor after a line of blanks.
  CHECK(kind(rpsl("EVIL-NET", "EVIL-MNT",
                  "remarks: x\n \n % Query rate limit exceeded\n\t\n % Permission denied.\n")) ==
        Kind::network);
  // Nor where the server quotes what holders are called, and where they are to be written to.
  for (const auto* line :
       {"% Abuse contact for '203.0.0.0 - 203.127.255.255' is 'a@excedido.example'",
        "% Abuse contact for '203.0.0.0 - 203.127.255.255' is '%error:2@example'"}) {
    CHECK(kind(std::string(line) + "\n\n" + rpsl("EVIL-NET", "EVIL-MNT")) == Kind::network);
  }
  CHECK(
      kind("Query rate limit exceeded, Inc. EVIL (NET-203-0-113-0-1) 203.0.113.0 - 203.0.113.255\n"
           "Not found, no match LLC EVIL (NET6-2001-DB8-1) 2001:DB8:: - 2001:DB8:0:FFFF\n"
           "Banned and blocked (C01234567) EVIL (NET-203-0-0-0-1) 203.0.0.0 - 203.0.255.255\n") ==
      Kind::unreadable);
  // A server's own remark may be indented, behind another and at the begin.
  for (const auto* before : {"", "% IP Client: 192.0.2.24\n", "\n"}) {
    CHECK(kind(std::string(before) + " % Permission denied.\n") == Kind::not_now);
  }
}

TEST_CASE("what one registry cannot pass on from another closes nobody, and is asked for there") {
  CHECK(
      owner("% This is the AfriNIC Whois server.\n\n% The WHOIS is temporary unable to query ARIN "
            "for the requested resource. Please try again later.\n") == Registry::arin);
  // LACNIC passes on what others say to itself, which is not about us.
  const std::string joint = "% IP Client: 192.0.2.24\n";
  CHECK(owner(joint + " % This is the RIPE Database query service.\n\n"
                      "%ERROR:201: access denied for 198.51.100.1\n") == Registry::ripencc);
  CHECK(owner(joint + "\n#\n# ARIN WHOIS data and services are subject to the Terms of Use\n#\n"
                      "# Query terms are ambiguous.  The query is assumed to be:\n\n"
                      "Provider PROVIDER (NET-203-0-113-0-1) 203.0.113.0 - 203.0.113.255\n") ==
        Registry::arin);
  const auto passed_on = read(joint +
                              " % [whois.apnic.net]\n\ninetnum: 203.0.113.0 - 203.0.113.255\n"
                              "netname: NET\nmnt-by: MAINT-AP\n");
  CHECK(passed_on.kind == Kind::network);
}

TEST_CASE("IANA names a registry in whois: where it has no refer:") {
  using Endpoint = config::Config::Endpoint;
  const std::string block =
      "% IANA WHOIS server\n\ninet6num:     2001:db8:0:0:0:0:0:0/23\norganisation: LACNIC\n"
      "status:       ALLOCATED\n\nwhois:        whois.lacnic.net\n";
  CHECK(read(block, "2001:db8::1").referral == Endpoint{"whois.lacnic.net", 43});
  CHECK(read("refer: whois.arin.net\n\n" + block, "2001:db8::1").referral ==
        Endpoint{"whois.arin.net", 43});
}

TEST_CASE("the line that tells is quoted, not the banner") {
  const auto said = [](const std::string& answer) { return read(answer).said; };
  const std::string ripe =
      "% This is the RIPE Database query service.\n% The objects are in RPSL format.\n%\n\n";
  CHECK(said(ripe + "%ERROR:305: connection has been closed\n%\n% The connection ...\n") ==
        "%ERROR:305: connection has been closed");
  CHECK(said(ripe + "%ERROR:115: invalid search key\n") == "%ERROR:115: invalid search key");
  CHECK(said("% Joint Whois - whois.lacnic.net\n\n% Service unavailable\n") ==
        "% Service unavailable");
  CHECK(said("hello\n") == "hello");
}

TEST_CASE("a Brazilian owner is one entity, however it is written") {
  const auto whois = [](const std::string& ownerid) {
    return read("inetnum: 203.0.113/24\nowner: Someone\nownerid: " + ownerid + "\n")
        .registration.entities;
  };
  const auto rdap = [](const std::string& handle) {
    return read_rdap(R"({"objectClassName":"ip network","startAddress":"203.0.113.0",)"
                     R"("endAddress":"203.0.113.255","entities":[{"handle":")" +
                         handle + R"("}]})",
                     address(asked))
        ->entities;
  };
  CHECK(whois("04.368.865/0001-66") == Handles{"04.368.865/0001-66"});
  CHECK(whois("004.368.865/0001-66") == Handles{"04.368.865/0001-66"});
  CHECK(rdap("04368865000166") == Handles{"04.368.865/0001-66"});
  CHECK(rdap("04.368.865/0001-66") == Handles{"04.368.865/0001-66"});
  CHECK(rdap("04368865000167") ==
        Handles{"04368865000167"});  // no such number: a wrong check digit
}

TEST_CASE("RDAP says the same about blocks that are nobody's or another's") {
  const auto object = [](const std::string& members) {
    return read_rdap(R"({"objectClassName":"ip network","startAddress":"203.0.0.0",)"
                     R"("endAddress":"203.127.255.255",)" +
                         members + "}",
                     address(asked));
  };
  const auto elsewhere = [&](const std::string& members) {
    const auto reading = object(members);
    REQUIRE_FALSE(reading);
    REQUIRE(reading.error().kind == RdapKind::elsewhere);
    return reading.error().registry;
  };
  CHECK(object(R"("name":"NET203","type":"EARLY REGISTRATIONS, MAINTAINED BY ARIN",)"
               R"("entities":[{"handle":"VR-ARIN"}])") == facts::Registration{});
  CHECK(object(R"("name":"NET203","entities":[{"handle":"VR-ARIN"},{"handle":"CKN23-ARIN"}])") ==
        facts::Registration{});
  CHECK(elsewhere(R"("name":"APNIC-203","type":"ALLOCATED TO APNIC")") == Registry::apnic);
  CHECK(elsewhere(R"("name":"STUB-203-0-113SLASH24","country":"ZZ","type":"ALLOCATED PORTABLE",)"
                  R"("entities":[{"handle":"STUB-AP"},{"handle":"IRT-STUB-AP"}],)"
                  R"("remarks":[{"title":"description",)"
                  R"("description":["Transferred to the RIPE region on 2020-12-08."]}])") ==
        Registry::ripencc);
  CHECK(elsewhere(R"("name":"ERX-NETBLOCK","entities":[{"handle":"IANA1-AP"},)"
                  R"({"handle":"IRT-APNIC-AP"}],"remarks":[null,{"description":7},)"
                  R"({"description":[null,"command line: whois.arin.net"]}])") == Registry::arin);
  CHECK(object(R"("name":"EU-ZZ-203","country":"EU","type":"ALLOCATED UNSPECIFIED",)"
               R"("entities":[{"handle":"IANA1-RIPE"},{"handle":"RIPE-NCC-HM-MNT"}])") ==
        facts::Registration{});
  const auto evil = object(R"("name":"ERX-NETBLOCK","entities":[{"handle":"IANA1-AP"},)"
                           R"({"handle":"IRT-EVIL-AP"}])");
  REQUIRE(evil);
  CHECK(evil->name == "ERX-NETBLOCK");
}

TEST_CASE("an RDAP answer that is complete is used, whatever notices are with it") {
  const std::string notices =
      R"("notices":[{"title":"Rate Limits","description":["10 a minute"]}])";
  const std::string head =
      R"({"objectClassName":"ip network","startAddress":"203.0.113.0","endAddress":"203.0.113.255",)";
  const auto complete = read_rdap(head + R"("name":"NET",)" + notices + "}", address(asked));
  REQUIRE(complete);
  CHECK(complete->name == "NET");
  const auto empty = read_rdap(head + notices + "}", address(asked));
  REQUIRE_FALSE(empty);
  CHECK(empty.error().kind == RdapKind::too_much);
  const auto bare = read_rdap("{" + notices + "}", address(asked));
  REQUIRE_FALSE(bare);
  CHECK(bare.error().kind == RdapKind::too_much);
}

TEST_CASE("a refusal over RDAP is understood in every form that servers give it") {
  const auto kind_of = [](const std::string& answer) -> std::optional<RdapKind> {
    const auto refusal = network::read_rdap_refusal(answer);
    return refusal ? std::optional(refusal->kind) : std::nullopt;
  };
  for (const auto* answer :
       {R"({"errorCode":403,"title":"Forbidden","description":["Query rate limit exceeded"]})",
        R"({"errorCode":422,"title":"You ask too often","description":7})",
        R"({"title":"x","notices":[{"title":"Rate Limit Notice","description":["10 a minute"]}]})",
        R"({"message":"Too many requests"})", R"({"errorCode":403,"title":"Limite excedido"})",
        "<html><body>Excessive use, please slow down</body></html>", "throttled"}) {
    CHECK(kind_of(answer) == RdapKind::too_much);
  }
  for (const auto* answer : {R"({"title":"Access denied"})", "Your address is blocked",
                             R"({"description":["You don't have permission"]})"}) {
    CHECK(kind_of(answer) == RdapKind::denied);
  }
  for (const auto* answer :
       {"", "{}", "[]", R"({"title":"Forbidden"})", R"({"errorCode":400,"title":"Bad Request"})",
        "<html><h1>Forbidden</h1>Some Company Limited</html>"}) {
    CHECK_FALSE(kind_of(answer));
  }
  const auto in_body =
      read_rdap(R"({"errorCode":403,"title":"Query limit exceeded"})", address(asked));
  REQUIRE_FALSE(in_body);
  CHECK(in_body.error().kind == RdapKind::too_much);
}

TEST_CASE("an RDAP server may say in an answer of status 200 that there is nothing") {
  const auto body = [](const char* code) {
    return read_rdap(std::string(R"({"rdapConformance":["rdap_level_0"],"title":"Not Found",)") +
                         R"("description":["no limit to what is not here"],"errorCode":)" + code +
                         "}",
                     address(asked));
  };
  CHECK(body("404") == facts::Registration{});
  CHECK(body(R"("404")") == facts::Registration{});
  CHECK_FALSE(body("400"));
  CHECK_FALSE(body("null"));
}

TEST_CASE("what a national registry says is read where its own words stand in APNIC's answer") {
  const std::string apnic =
      "% [whois.apnic.net]\n% Information related to '203.0.0.0 - 203.15.255.255'\n\n"
      "inetnum:        203.0.0.0 - 203.15.255.255\nnetname:        SOMENIC-NET\n"
      "descr:          Some Network Information Center\ncountry:        JP\n"
      "admin-c:        SNIC1-AP\nmnt-by:         APNIC-HM\nstatus:         ALLOCATED PORTABLE\n"
      "source:         APNIC\n\nrole:           Some Network Information Center\ncountry: AU\n"
      "nic-hdl:        SNIC1-AP\nmnt-by:         MAINT-SNIC\n\n";
  // JPNIC: no maintainer, handles without a dash, no status.
  const auto jpnic = read(apnic +
                          "% Information related to '203.0.113.0 - 203.0.113.255'\n\n"
                          "inetnum:        203.0.113.0 - 203.0.113.255\n"
                          "netname:        CUSTOMER-JP\ncountry:        JP\n"
                          "admin-c:        AB12345JP\ntech-c:         AB12345JP\n"
                          "remarks:        This information has been partially mirrored\n"
                          "source:         JPNIC\n");
  REQUIRE(jpnic.kind == Kind::network);
  CHECK(jpnic.registration.name == "CUSTOMER-JP");
  CHECK(jpnic.registration.entities == Handles{"AB12345JP"});
  CHECK(jpnic.registration.range == range("203.0.113.0", "203.0.113.255"));
  // KRNIC and TWNIC, whose copy may have the range of APNIC's own object: that one counts.
  const auto krnic = read(apnic +
                          "inetnum:        203.0.0.0 - 203.15.255.255\n"
                          "netname:        CUSTOMER-KR\ncountry:        KR\nadmin-c: IA9-KR\n"
                          "mnt-by:         MNT-KRNIC-AP\nsource:         KRNIC\n");
  CHECK(krnic.registration.name == "SOMENIC-NET");
  // CNNIC, IRINN, VNNIC, IDNIC: RPSL of their own servers, with comments and several maintainers.
  const auto irinn = read(
      "% [whois.irinn.in]\n\ninetnum:        203.0.113.0 - 203.0.113.255 # delegated\n"
      "netname:        CUSTOMER-IN\ncountry:        IN # India\nadmin-c: XY1-IN\n"
      "mnt-by:         MAINT-IN-IRINN\nmnt-irt:        IRT-XY-IN\n");
  CHECK(irinn.registration.country == "IN");
  CHECK(irinn.registration.entities == Handles{"XY1-IN", "MAINT-IN-IRINN", "IRT-XY-IN"});
  CHECK(irinn.registration.range == range("203.0.113.0", "203.0.113.255"));
}

TEST_CASE("forms of servers that are no registry's say nothing, and nothing wrong") {
  for (const auto* answer :
       {// RWhois (RFC 2167), behind whois:// all the same
        "%rwhois V-1.5:003fff:00 rwhois.example.net (by Example V-1.5)\n"
        "network:Class-Name:network\nnetwork:ID:NET-1.203.0.113.0/24\n"
        "network:IP-Network:203.0.113.0/24\nnetwork:IP-Network-Block:203.0.113.0-203.0.113.255\n"
        "network:Org-Name;I:Customer\nnetwork:Country-Code:US\n\n"
        "%referral rwhois://root.rwhois.net:4321/auth-area=.\n%ok\n",
        // a routing registry
        "route:      203.0.113.0/24\ndescr:      Route\norigin:     AS64500\n"
        "mnt-by:     MAINT-AS64500\nsource:     RADB\n",
        // JPNIC's own form
        "[ JPNIC database provides information regarding IP address and ASN. ]\n\n"
        "Network Information:\na. [Network Number]     203.0.113.0/24\n"
        "b. [Network Name]       CUSTOMER\ng. [Organization]       Customer\n",
        // KRNIC's
        "query : 203.0.113.7\n\n# ENGLISH\n\n[ Network Information ]\n"
        "IPv4 Address       : 203.0.113.0 - 203.0.113.255 (/24)\n"
        "Organization Name  : Customer\nOrganization ID    : ORG1\nCountry Code       : KR\n",
        // TWNIC's
        "Netname: CUSTOMER-NET\nNetblock: 203.0.113.0/24\n\nAdministrator contact:\n  "
        "x@example.tw\n",
        // ARIN's summary, where several networks match
        "Provider PROV (NET-203-0-0-0-1) 203.0.0.0 - 203.0.255.255\n"
        "Customer CUST (NET-203-0-113-0-1) 203.0.113.0 - 203.0.113.255\n"}) {
    const auto reading = read(answer);
    INFO(answer);
    CHECK(reading.kind == Kind::unreadable);
    CHECK(reading.registration == facts::Registration{});
    CHECK_FALSE(reading.referral);
    CHECK_FALSE(reading.said.empty());
  }
}

TEST_CASE("an RDAP prefix length may be text") {
  const auto length = [](const std::string& text) {
    return read_rdap(R"({"objectClassName":"ip network","name":"N","cidr0_cidrs":[)"
                     R"({"v4prefix":"203.0.112.0","length":)" +
                         text + "}]}",
                     address(asked))
        ->range;
  };
  CHECK(length(R"("22")") == range("203.0.112.0", "203.0.115.255"));
  CHECK(length("22") == range("203.0.112.0", "203.0.115.255"));
  for (const auto* broken : {R"("33")", R"("")", R"("x")", "-1", "22.5", "null", "[22]"}) {
    CHECK_FALSE(length(broken));
  }
}

TEST_CASE("the hard answers that were recorded are read as they are meant") {
  const std::string folder =
      std::string(BADCLIENTS_SOURCE_ROOT) + "/../shared/data/registration/hard/";
  if (!std::filesystem::exists(folder)) {
    WARN("skipped: no " << folder);
    return;
  }
  const auto recorded = [&](const std::string& file, const char* about) {
    return read(read_whole_file(folder + file + ".whois.txt"), about);
  };
  const auto elsewhere = [&](const std::string& file, const char* about) {
    const auto reading = recorded(file, about);
    REQUIRE(reading.kind == Kind::elsewhere);
    return reading.registry;
  };
  using Endpoint = config::Config::Endpoint;
  const Endpoint ripe{"whois.ripe.net", 43};
  CHECK(elsewhere("arin-ripe-2.0.0.1", "2.0.0.1") == Registry::ripencc);
  CHECK(recorded("arin-ripe-2.0.0.1", "2.0.0.1").referral == ripe);
  CHECK(elsewhere("arin-ripe-erx-130.225.156.61", "130.225.156.61") == Registry::ripencc);
  CHECK(recorded("arin-ripe-erx-130.225.156.61", "130.225.156.61").referral == ripe);
  CHECK(elsewhere("apnic-erx-153.31.113.6", "153.31.113.6") == Registry::arin);
  CHECK(elsewhere("apnic-stub-1.179.112.0", "1.179.112.1") == Registry::ripencc);
  CHECK(recorded("ripe-eu-zz-45.9.0.1", "45.9.0.1").kind == Kind::nothing);
  CHECK(recorded("arin-net132-vr-arin", "132.1.2.3").kind == Kind::nothing);
  CHECK(recorded("iana-2001-1218", "2001:1218::1").referral == Endpoint{"whois.lacnic.net", 43});
  CHECK(recorded("lacnic-unallocated", "200.202.128.1").kind == Kind::nothing);
  const auto denied = recorded("nicbr-no-permission-200.202.128.1", "200.202.128.1");
  CHECK(denied.kind == Kind::not_now);
  CHECK(denied.denied);
  CHECK(denied.said == "% You don't have permission to use this service");
  CHECK(elsewhere("afrinic-unable-154.6.207.5", "154.6.207.5") == Registry::arin);
  const auto brazil = recorded("nicbr-ownerid-200.150.94.98", "200.150.94.98");
  CHECK(brazil.kind == Kind::network);
  CHECK(brazil.registration.entities == Handles{"ADLTE17", "04.368.865/0001-66", "ADLIG4"});
  CHECK(brazil.registration.country == "BR");
  CHECK(brazil.registration.range == range("200.150.94.0", "200.150.94.255"));

  const auto lacnic = read_rdap(read_whole_file(folder + "lacnic-cidr0-length-as-text.rdap.json"),
                                address("200.3.13.10"));
  REQUIRE(lacnic);
  CHECK(lacnic->range == range("200.3.12.0", "200.3.15.255"));
  CHECK(lacnic->name == "LACNIC");
}
