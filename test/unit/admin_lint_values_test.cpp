#include <utility>
#include <vector>

#include "catch.hpp"
#include "lint_site.hpp"

using Severity = badclients::config::Problem::Severity;

TEST_CASE("an entry that can never match is an error, with what to write instead") {
  check_said(
      "error: ",
      {{"rev_host.deny", "'*.amazonaws.com", {"never matches", "(write .*%.amazonaws%.com)"}},
       {"rev_host.deny", ".*Example.* # all of it", {"never matches", "blank"}},
       {"rev_host.deny",
        "regex:.*%.example%.net",
        {"never matches", "there is no regex: here: an entry is a Lua pattern"}},
       {"rev_host.deny", "192.0.2.1", {"never matches", "ip_net"}},
       {"rev_host.deny", "'192.0.2.0/24", {"never matches", "ip_net"}},
       {"rev_host.deny", "'.example.net", {"never matches", "(write .*%.example%.net)"}},
       {"rev_host.deny", "'mail.example.net.", {"never matches", "last dot"}},
       {"rev_host.deny", "http://example%.net/", {"never matches", "host name"}},
       {"as_dscr.deny", "'", {"never matches", "empty"}},
       {"as_dscr.deny", "AS8075", {"never matches", "asn"}},
       {"net_name.deny", "'8075", {"never matches", "asn"}},
       {"net_name.deny", "52.96.0.0/14", {"never matches", "ip_net"}},
       {"as_dscr.deny", "Telef\xf3nica.*", {"never matches", "UTF-8"}},
       {"client_id.deny", "Outlook", {"never matches", "the whole ID", "(write .*\"Outlook\".*)"}},
       {"client_id.deny", ".*Outlook", {"never matches", "the whole ID"}},
       {"client_id.deny", "'Outlook", {"never matches", "(write .*\"Outlook\".*)"}},
       {"client_id.deny", "\"name\" \"Outlook\"", {"never matches", "literal"}},
       {"as_cc.deny", "ZZ", {"never matches", "special-purpose"}},
       {"entity.deny", "AS8075", {"never matches", "asn"}},
       {"entity.deny", "abuse@example.net", {"never matches", "mail address"}},
       {"entity.deny", "192.0.2.0/24", {"never matches", "ip_net"}}});
}

TEST_CASE("an entry that matches something else than it seems to is a warning") {
  check_said(
      "warning: ",
      {{"as_dscr.deny", ".*Example.* # all of it", {"no comment may follow (write .*Example.*)"}},
       {"rev_host.deny", ".example.net", {"what ends so is .*%.example%.net"}},
       {"rev_host.deny", ".*DYN.*", {"upper case"}},
       {"rev_host.deny", "\"Mail.example.net", {"upper case"}},
       {"rev_host.deny", "^EXAMPLE", {"upper case", "(write EXAMPLE.*"}},
       {"net_name.deny", "LINODE$", {"(write .*LINODE"}},
       {"rev_host.deny", "mail%.example%.net.", {"last dot"}},
       {"net_name.deny",
        "EU-LINODE-20141229",
        {"never matches itself", "makes it plain text: 'EU-LINODE-20141229"}},
       {"net_name.deny", "regex:^AMAZON.*", {"Lua pattern"}},
       {"as_dscr.deny", "'*Vodafone*", {"(write .*Vodafone.*)"}},
       {"user.allow", "Alice", {"lower case"}},
       {"asn.deny", "AS64512", {"private use"}},
       {"asn.deny", "AS23456", {"four bytes"}},
       {"as_dscr.allow",
        "'HETZNER-AS, DE",
        {"matches no description of today", "(write HETZNER%-AS %- .*)"}},
       {"as_dscr.allow", "[%w-]+, DE", {"full name"}}});
}

TEST_CASE("the old form of an AS description is noted where it still matches") {
  const auto said = about("as_dscr.deny", "HETZNER%-AS, DE");
  CHECK_THAT(said, ContainsSubstring("note: 'HETZNER%-AS, DE': this is the old form"));
  CHECK_THAT(said, ContainsSubstring("(write HETZNER%-AS %- .*)"));
  for (const auto* list : {"as_dscr.deny", "as_dscr.allow"}) {
    check_silent(list,
                 {"HETZNER.*, DE", "HETZNER%-AS %- .*", "'HETZNER-AS - Hetzner Online GmbH, DE",
                  ".*, DE", "VODANET.*", ".*Vodafone.*", "'x", "%a+"});
  }
  // A negated clause of a client's rule is an exception, too.
  const LintSite site;
  site.write("lists/clients/x.client",
             "Name: X\n\nasn=AS1 as_dscr!=\"'X-AS, DE\"\nas_dscr=\"'Y-AS, DE\"\n");
  CHECK_THAT(site.text(),
             ContainsSubstring("x.client:3: warning: ") && ContainsSubstring("x.client:4: note: "));
}

TEST_CASE("entries as the manual and the catalogue have them are not doubted") {
  const std::vector<std::pair<const char*, std::vector<const char*>>> lists{
      {"rev_host.deny",
       {"<>", "'<>", ".*%.compute%-1%.amazonaws%.com", "mail%-.+%-.+%.google%.com",
        "'MAIL.example.net", "%d+%-%d+%-%d+%-%d+%.protonmail%.ch", "..*%.example%.net",
        ".+%.example", "^mail%..*", ".*%.example%.net$", "^a$", "[%w-]+%.example",
        "[A-Za-z]+%.example", "_dmarc%.x%.y"}},
      {"net_name.deny", {".*LINODE.*", "'MSFT", "EU%-LINODE%-%d+", "VK%-FRONT", "'msft"}},
      {"client_id.deny",
       {".*\"name\" \"Outlook\".*", "'\"name\" \"Outlook\"", ".*Outlook.*", ".*", ".*NIL"}},
      {"user.allow", {"'ceo@example.org", ".*@partner%.example%.org", "'CEO@example.org", "alice"}},
      {"asn.deny", {"AS15169", "AS4199999999", "AS65552"}},
      {"entity.deny",
       {"VKCOMPANY-MNT", "MAIL-RU", "linode-mnt", "04.368.865/0001-66", "ASN-MNT", "AS-MNT"}},
      {"as_cc.deny", {"DE", "ru"}},
      {"ip_net.deny", {"52.96.0.0/14", "139.162.0.0 - 139.162.255.255", "1.2.3.4-1.2.3.9 x"}}};
  for (const auto& [list, entries] : lists) {
    for (const auto* entry : entries) {
      INFO(list << " " << entry);
      const auto said = about(list, entry);
      const bool fine = said.empty() || said.find("matches every value") != std::string::npos ||
                        said.find("nothing stands before") != std::string::npos;
      CHECK((fine ? "" : said) == "");
    }
  }
}

TEST_CASE("a country's name is an error that says where the codes are") {
  CHECK_THAT(about("net_cc.deny", "UK"), ContainsSubstring("(United Kingdom is GB)"));
  for (const auto* text : {"Russia", "USA", "Germany", "Great Britain", "QQ"}) {
    INFO(text);
    const auto said = about("as_cc.deny", text);
    CHECK_THAT(said, ContainsSubstring("error: ") && ContainsSubstring("is not a country code") &&
                         ContainsSubstring("badclients-lists(5)"));
    // Who has written two letters knows that.
    CHECK((said.find("two letters") != std::string::npos) == (std::string(text) != "QQ"));
  }
}

TEST_CASE("names that Dovecot has for no service are named with the right one") {
  const LintSite site;
  site.configure("disabled_services = imaps, smtps, managesieve, pop3, submission\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("conf:6: warning: general/disabled_services: Dovecot has no "
                                     "service 'imaps' (write imap)"));
  CHECK_THAT(text, ContainsSubstring("'smtps' (write smtp for a mail server that asks Dovecot"));
  CHECK_THAT(text, ContainsSubstring("'managesieve' (write sieve)"));
  CHECK_THAT(text, ContainsSubstring("3 warnings"));
  site.configure("");
  site.write("lists/clients/x.client", "Name: X\n\nasn=AS1 service=imaps\n");
  CHECK_THAT(site.text(), ContainsSubstring("x.client:3: error: 'imaps' never matches"));
}

TEST_CASE("what the original did by other settings, and its example, are named") {
  const LintSite site;
  site.configure("result_success = ok\nresult_block = expired\n");
  const auto text = site.text();
  CHECK_THAT(text,
             ContainsSubstring("conf:6: warning: general/result_success: has no effect here"));
  CHECK_THAT(text, ContainsSubstring("conf:7: warning: general/result_block: ") &&
                       ContainsSubstring("fails as one with a wrong password does") &&
                       ContainsSubstring("let in (unless general/on_error says otherwise)"));
  site.configure("result_success = next\nresult_block = missmatch\n");
  CHECK(site.lint().count(Severity::warning) == 0);
  CHECK_THAT(about("maxmind/coords.deny", "38.741104,-49.6676859,100,0.5"),
             ContainsSubstring("the example that came with the original"));
}

TEST_CASE("many networks with host bits are no errors") {
  const LintSite site;
  std::string networks;
  for (int i = 0; i < 10'001; ++i) {
    networks += "20." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".1/24\n";
  }
  site.write("lists/ip_net.deny.lst", networks);
  const auto findings = site.lint();
  CHECK(findings.count(Severity::error) == 0);
  CHECK(findings.count(Severity::note) == 10'001);
}
