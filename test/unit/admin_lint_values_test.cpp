#include <utility>
#include <vector>

#include "catch.hpp"
#include "lint_site.hpp"

using Severity = badclients::config::Problem::Severity;

TEST_CASE("an entry that can never match is an error, with what to write instead") {
  const auto never = [](const std::string& list, const std::string& entry) {
    auto said = about(list, entry);
    INFO(list << " " << entry << "\n" << said);
    CHECK_THAT(said, ContainsSubstring("error: "));
    CHECK_THAT(said, ContainsSubstring("never matches"));
    return said;
  };
  CHECK_THAT(never("rev_host.deny", "'*.amazonaws.com"),
             ContainsSubstring("(write .*%.amazonaws%.com)"));
  CHECK_THAT(never("rev_host.deny", ".*Example.* # all of it"), ContainsSubstring("blank"));
  CHECK_THAT(never("rev_host.deny", "regex:.*%.example%.net"),
             ContainsSubstring("there is no regex: here: an entry is a Lua pattern"));
  CHECK_THAT(never("rev_host.deny", "192.0.2.1"), ContainsSubstring("ip_net"));
  CHECK_THAT(never("rev_host.deny", "'192.0.2.0/24"), ContainsSubstring("ip_net"));
  CHECK_THAT(never("rev_host.deny", "'.example.net"),
             ContainsSubstring("(write .*%.example%.net)"));
  CHECK_THAT(never("rev_host.deny", "'mail.example.net."), ContainsSubstring("last dot"));
  CHECK_THAT(never("rev_host.deny", "http://example%.net/"), ContainsSubstring("host name"));
  CHECK_THAT(never("as_dscr.deny", "'"), ContainsSubstring("empty"));
  CHECK_THAT(never("as_dscr.deny", "AS8075"), ContainsSubstring("asn"));
  CHECK_THAT(never("net_name.deny", "'8075"), ContainsSubstring("asn"));
  CHECK_THAT(never("net_name.deny", "52.96.0.0/14"), ContainsSubstring("ip_net"));
  CHECK_THAT(never("as_dscr.deny", "Telef\xf3nica.*"), ContainsSubstring("UTF-8"));
  CHECK_THAT(never("client_id.deny", "Outlook"),
             ContainsSubstring("the whole ID") && ContainsSubstring("(write .*\"Outlook\".*)"));
  CHECK_THAT(never("client_id.deny", ".*Outlook"), ContainsSubstring("the whole ID"));
  CHECK_THAT(never("client_id.deny", "'Outlook"), ContainsSubstring("(write .*\"Outlook\".*)"));
  CHECK_THAT(never("client_id.deny", "\"name\" \"Outlook\""), ContainsSubstring("literal"));
  CHECK_THAT(never("as_cc.deny", "ZZ"), ContainsSubstring("special-purpose"));
  CHECK_THAT(never("entity.deny", "AS8075"), ContainsSubstring("asn"));
  CHECK_THAT(never("entity.deny", "abuse@example.net"), ContainsSubstring("mail address"));
  CHECK_THAT(never("entity.deny", "192.0.2.0/24"), ContainsSubstring("ip_net"));
}

TEST_CASE("an entry that matches something else than it seems to is a warning") {
  const auto doubt = [](const std::string& list, const std::string& entry) {
    auto said = about(list, entry);
    INFO(list << " " << entry << "\n" << said);
    CHECK_THAT(said, ContainsSubstring("warning: "));
    CHECK_THAT(said, !ContainsSubstring("error: "));
    return said;
  };
  CHECK_THAT(doubt("as_dscr.deny", ".*Example.* # all of it"),
             ContainsSubstring("no comment may follow (write .*Example.*)"));
  CHECK_THAT(doubt("rev_host.deny", ".example.net"),
             ContainsSubstring("what ends so is .*%.example%.net"));
  CHECK_THAT(doubt("rev_host.deny", ".*DYN.*"), ContainsSubstring("upper case"));
  CHECK_THAT(doubt("rev_host.deny", "\"Mail.example.net"), ContainsSubstring("upper case"));
  const auto anchored = doubt("rev_host.deny", "^EXAMPLE");
  CHECK_THAT(anchored, ContainsSubstring("upper case") && ContainsSubstring("(write EXAMPLE.*"));
  CHECK_THAT(doubt("net_name.deny", "LINODE$"), ContainsSubstring("(write .*LINODE"));
  CHECK_THAT(doubt("rev_host.deny", "mail%.example%.net."), ContainsSubstring("last dot"));
  CHECK_THAT(
      doubt("net_name.deny", "EU-LINODE-20141229"),
      ContainsSubstring("never matches itself") && ContainsSubstring("write 'EU-LINODE-20141229"));
  CHECK_THAT(doubt("net_name.deny", "regex:^AMAZON.*"), ContainsSubstring("Lua pattern"));
  CHECK_THAT(doubt("as_dscr.deny", "'*Vodafone*"), ContainsSubstring("(write .*Vodafone.*)"));
  CHECK_THAT(doubt("user.allow", "Alice"), ContainsSubstring("lower case"));
  CHECK_THAT(doubt("asn.deny", "AS64512"), ContainsSubstring("private use"));
  CHECK_THAT(doubt("asn.deny", "AS23456"), ContainsSubstring("four bytes"));
  CHECK_THAT(doubt("as_dscr.allow", "'HETZNER-AS, DE"),
             ContainsSubstring("matches no description of today") &&
                 ContainsSubstring("(write HETZNER%-AS %- .*)"));
  CHECK_THAT(doubt("as_dscr.allow", "[%w-]+, DE"), ContainsSubstring("full name"));
}

TEST_CASE("the old form of an AS description is noted where it still matches") {
  const auto said = about("as_dscr.deny", "HETZNER%-AS, DE");
  CHECK_THAT(said, ContainsSubstring("note: 'HETZNER%-AS, DE': this is the old form"));
  CHECK_THAT(said, ContainsSubstring("(write HETZNER%-AS %- .*)"));
  for (const auto* entry :
       {"HETZNER.*, DE", "HETZNER%-AS %- .*", "'HETZNER-AS - Hetzner Online GmbH, DE", ".*, DE",
        "VODANET.*", ".*Vodafone.*", "'x", "%a+"}) {
    INFO(entry);
    CHECK(about("as_dscr.deny", entry).empty());
    CHECK(about("as_dscr.allow", entry).empty());
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
