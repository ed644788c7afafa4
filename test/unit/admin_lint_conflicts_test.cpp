#include "catch.hpp"
#include "lint_site.hpp"

TEST_CASE("rules that others make useless are named") {
  const LintSite site;
  site.write("lists/ip_net.allow.lst", "52.96.0.0/14\n");
  site.write("lists/ip_net.deny.lst",
             "52.97.0.0/16\n52.0.0.0/8\n1.2.3.4-1.2.3.9\n1.2.3.4-1.2.3.9\n");
  site.write("lists/asn.allow.lst", "AS15169\n");
  site.write("lists/asn.deny.lst", "AS15169\n");
  site.write("lists/rev_host.allow.lst", "'mail.example.net\n");
  site.write("lists/rev_host.deny.lst", "'mail.example.net\n");  // of unconfirmed names
  site.write("lists/clients/x.client",
             "Name: X\n\nip_net=52.97.0.0/16 ip_net!=52.96.0.0/14\nasn=AS1 asn=AS2 asn!=AS1\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("ip_net.deny.lst:1: warning: '52.97.0.0/16' never refuses: "
                                     "ip_net.allow.lst:1 lets it in"));
  CHECK_THAT(text, ContainsSubstring("asn.deny.lst:1: warning: 'AS15169' never refuses"));
  CHECK_THAT(text, ContainsSubstring("ip_net.deny.lst:4: note: '1.2.3.4/30' stands in "
                                     "ip_net.deny.lst:3 already"));
  CHECK_THAT(text, ContainsSubstring("x.client:3: error: the rule never holds"));
  CHECK_THAT(text, ContainsSubstring("1 error, 2 warnings, 1 note\n"));
}
