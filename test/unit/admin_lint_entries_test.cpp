#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "lint_site.hpp"

TEST_CASE("a word that cannot be read is an error that says how it is written") {
  check_said(
      "",
      {{"ip_net.deny",
        "\"52.96.0.0/14\"",
        {"error: '\"52.96.0.0/14\"' is not a network (write it "
         "without quotes)"}},
       {"ip_net.deny", "!52.96.0.0/14", {"what must not be refused goes into ip_net.allow.lst"}},
       {"as_cc.deny", "'DE'", {"without quotes"}},
       {"as_cc.deny", "!DE", {"as_cc.allow.lst"}},
       {"as_cc.deny",
        "XX",
        {"error: 'XX' is not a country code of ISO 3166-1 (badclients-lists(5) has"}},
       {"asn.deny", "ASN8075", {"(write AS8075)"}},
       {"asn.deny", "AS-8075", {"(write AS8075)"}},
       {"asn.deny", "AS 8075", {"(write it without a blank: AS64500)"}},
       {"asn.deny", "AS1.10", {"(write AS65546)"}},
       {"asn.deny", "AS6.0", {"(write AS393216)"}},
       {"asn.deny", "AS8075-AS8079", {"error: 'AS8075-AS8079' is not an AS number"}},
       {"asn.deny", "AS8075-AS8079", {"there are no ranges"}},
       {"asn.deny", "AS8075 - AS8079", {"error: 'AS8075 - AS8079': there are no ranges"}},
       {"asn.deny", "8075 - 8079", {"error: '8075 - 8079': there are no ranges"}},
       {"asn.deny", "AS-MICROSOFT", {"(try AS64500)"}},
       {"entity.deny", "mnt-by: MAIL-RU", {"what stands before one in WHOIS"}},
       {"entity.deny", "!MAIL-RU", {"entity.allow.lst"}},
       {"maxmind/anonymous.deny", "vpn", {"(try is_anonymous_vpn)"}},
       {"maxmind/anonymous.deny", "tor", {"(try is_tor_exit_node)"}},
       {"maxmind/anonymous.deny", "yes", {"(try is_hosting_provider)"}},
       {"maxmind/coords.deny",
        "52.5,13.4,100,50",
        {"warning: 52.5,13.4,100,50: the intersection"}}});
  check_silent("asn.deny", {"AS8075 - Microsoft"});
  CHECK_THAT(about("maxmind/coords.deny", "52.5,13.4,100,1"), !ContainsSubstring("intersection"));
}

TEST_CASE("a name with a hyphen or plus that would not match itself is written as a literal") {
  check_said("",
             {{"as_dscr.deny",
               "GOOGLE - Google LLC, US",
               {": put one ' in front of it, which makes it plain text: 'GOOGLE - Google LLC, US"}},
              {"as_dscr.deny", "C++ Networks - C++, DE", {"never matches itself"}},
              {"user.allow", "alice+list@example.org", {"plain text: 'alice+list@example.org"}},
              {"user.allow", "jean-luc@example.org", {"plain text: 'jean-luc@example.org"}}});
  // The old form of a description that matches nothing is not said to match still.
  CHECK_THAT(about("as_dscr.deny", "AMAZON-02, US"), !ContainsSubstring("still matches"));
  check_silent("as_dscr.deny",
               {"'GOOGLE - Google LLC, US", "GOOGLE %- Google LLC, US", "GOOGLE .+"});
}

TEST_CASE("a host name is named where it is no whole one, or more than one") {
  check_said(
      "",
      {{"rev_host.deny",
        "amazonaws.com",
        {"note: 'amazonaws.com': it matches this name alone; what ends so is .*%.amazonaws%.com"}},
       {"rev_host.deny", "'amazonaws.com", {"note: "}},
       {"rev_host.deny", "amazonaws", {"warning: 'amazonaws': names have a domain"}},
       {"rev_host.deny", "amazonaws", {"(write .*amazonaws.*)"}},
       {"rev_host.deny", "None", {"warning: 'None': an address without a reverse name has <>"}},
       {"rev_host.deny", "<NXDOMAIN>", {"(write <>)"}},
       {"rev_host.deny", ".*\\.example\\.com", {"error: "}},
       {"rev_host.deny", "%d{1,3}%-.*", {"never matches: there are no counted repetitions"}},
       {"rev_host.deny", "foo|bar", {"write one line for each"}},
       {"rev_host.deny", "!.*%.example%.org", {"never matches: ! stands for itself"}}});
  check_silent("rev_host.deny",
               {"<>", "localhost", "mail.example.com", "%d+.%d+", ".*amazonaws.*"});
  check_silent("rev_host.allow", {"'example.com"});
}

TEST_CASE("descriptions and names that no AS or network has are named") {
  check_said(
      "", {{"as_dscr.deny", "Microsoft", {"warning: 'Microsoft': descriptions end with a country"}},
           {"as_dscr.deny", "'MICROSOFT-CORP", {"(write .*MICROSOFT%-CORP.*)"}},
           {"as_dscr.deny", ".*AMAZON", {"(write .*AMAZON.*)"}},
           {"as_dscr.deny", "None", {"error: 'None' never matches: what is unknown"}},
           {"as_dscr.deny", ".*amazon.*", {"note: '.*amazon.*': upper and lower case differ"}},
           {"net_name.deny", "msft", {"note: "}},
           {"net_name.deny",
            "MSFT, AMAZON",
            {"warning: 'MSFT, AMAZON': a network's name has no comma"}},
           {"net_name.deny", "<>", {"never matches"}}});
  for (const auto* entry : {".*, RU", ".*RU$", ".*%a", ".*Microsoft.*", "[Aa]mazon.*", "%l+.*"}) {
    INFO(entry);
    CHECK_THAT(about("as_dscr.deny", entry), !ContainsSubstring("descriptions end with") &&
                                                 !ContainsSubstring("lower case differ"));
  }
  check_silent("net_name.deny", {"'msft"});
}

TEST_CASE("what no ID of an app is like is named with what to write") {
  check_said(
      "", {{"client_id.deny", "\"Outlook\"", {"(write .*\"Outlook\".*)"}},
           {"client_id.deny", "name Outlook", {"(write .*\"Outlook\".*)"}},
           {"client_id.deny", "<\"name\" \"Outlook\">", {"(write '\"name\" \"Outlook\")"}},
           {"client_id.deny",
            "\"name\" \"Outlook\" \"vendor\" \"Microsoft\"",
            {"(write '\"name\" \"Outlook\" \"vendor\" \"Microsoft\")"}},
           {"client_id.deny", "<>", {"never matches: where an app sent no ID, no entry matches"}},
           {"client_id.deny", "NIL", {"where an app sent no ID"}}});
}

TEST_CASE("what no user is called is named") {
  check_said(
      "",
      {{"user.allow", "@example.org", {"names a file", "what ends so is .*%@example%.org"}},
       {"user.allow", "'@example.org", {"what ends so is .*%@example%.org"}},
       {"user.allow", "alice bob", {"no user name have a blank (unless auth_username_chars does)"}},
       {"user.allow", "alice,bob", {"have ','"}},
       {"user.allow", "user=alice", {"have '='"}},
       {"user.allow", "!bob", {"! stands for itself"}}});
  check_silent("user.allow", {"alice", "alice@example.org", ".*@example%.org", "'Bob.Smith@x.org"});
}

TEST_CASE("a clause that cannot be read is an error that says how rules are written") {
  const std::vector<std::pair<const char*, const char*>> rules{
      {"asn:AS1", "(write field=value)"},
      {"asn = AS1", "(no blanks around =)"},
      {"asn != AS1", "(no blanks around !=)"},
      {"asn=AS1 and service=imap", "(all clauses of a line have to hold)"},
      {"asn=AS1 or asn=AS2", "(of several values of one field any will do"},
      {"not asn=AS1", "(write field!=value)"},
      {"client_id=.*\"Outlook\".*", "(write \".*\\\"Outlook\\\".*\")"},
      {"as_dscr=Microsoft Corp", "values with blanks go in \"quotes\""},
      {"geo_cc=DE", "'geo_cc' is no field (did you mean maxmind/geo_cc?)"},
      {"country=DE", "(did you mean as_cc, net_cc or maxmind/geo_cc?)"},
      {"network=52.96.0.0/14", "(did you mean ip_net?)"},
      {"sevice=imap", "(did you mean service?)"}};
  for (const auto& [rule, said] : rules) {
    const LintSite site;
    site.write("lists/clients/x.client", std::string("Name: X\n\n") + rule + "\n");
    INFO(rule);
    CHECK_THAT(site.text(), ContainsSubstring("x.client:3: error: ") && ContainsSubstring(said));
  }
  // What the message says to write is good.
  const LintSite site;
  site.write("lists/clients/x.client", "Name: X\n\nclient_id=\".*\\\"Outlook\\\".*\"\n");
  CHECK_THAT(site.text(), ContainsSubstring("1 client with 1 rule, 0 errors, 0 warnings"));
}

TEST_CASE("a compressed list is named as one") {
  const LintSite site;
  using namespace std::string_literals;
  site.write("lists/ip_net.deny.lst", "\x1f\x8b\x08\x00\x00\n\x01\n"s);
  CHECK_THAT(site.text(), ContainsSubstring("is compressed: unpack it"));
}
