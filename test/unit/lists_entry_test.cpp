#include "lists/entry.hpp"

#include "catch.hpp"

using badclients::config::Problem;
using badclients::lists::Field;
using badclients::lists::parse_entry;
using badclients::lists::Use;

namespace {

// The canonical entry and, behind it, what was remarked: "AS1 | warning: ...".
std::string entry(Field field, std::string_view text, Use use = Use::deny_list) {
  const auto parsed = parse_entry(field, use, text);
  std::string result = parsed.value.value_or("nothing");
  for (const auto& more : parsed.more) result += " + " + more;
  for (const auto& remark : parsed.remarks) {
    result += remark.severity == Problem::Severity::error     ? " | error: "
              : remark.severity == Problem::Severity::warning ? " | warning: "
                                                              : " | note: ";
    result += remark.text;
    // An error is the only thing to say about a line that does not count.
    CHECK((remark.severity == Problem::Severity::error) == !parsed.value);
  }
  CHECK((parsed.value || !parsed.remarks.empty()));
  return result;
}

}  // namespace

TEST_CASE("ip_net: networks and addresses, masked, with comments behind them") {
  CHECK(entry(Field::ip_net, "13.107.6.152/31") == "13.107.6.152/31");
  CHECK(entry(Field::ip_net, "  52.96.0.0/14\tNew Outlook, of Microsoft") == "52.96.0.0/14");
  CHECK(entry(Field::ip_net, "131.253.33.215") == "131.253.33.215/32");
  CHECK(entry(Field::ip_net, "2603:1006::/40 # Exchange Online") == "2603:1006::/40");
  CHECK(entry(Field::ip_net, "::ffff:52.96.0.0/110") == "52.96.0.0/14");
  CHECK(entry(Field::ip_net, "176.112.170.0/21") ==
        "176.112.168.0/21 | note: '176.112.170.0/21' has host bits set: it is read as "
        "176.112.168.0/21");
}

TEST_CASE("ip_net: what stands right behind an entry is a comment, as it was for the original") {
  for (const auto* text : {"8.8.8.0/24;x", "8.8.8.0/24# x", "8.8.8.0/24, Google", "8.8.8.0/24,",
                           "8.8.8.0/24 ,x", "8.8.8.0/24 - Google's", "8.8.8.0/24 -- x"}) {
    CAPTURE(text);
    CHECK(entry(Field::ip_net, text) == "8.8.8.0/24");
  }
  for (const auto* text : {"AS64500,", "AS64500;x", "AS64500# x", "AS64500: Example",
                           "AS64500 text", "AS64500, Example Ltd., DE", "AS64500, 3 networks"}) {
    CAPTURE(text);
    CHECK(entry(Field::asn, text) == "AS64500");
  }
  CHECK(entry(Field::entity, "MAIL-RU; abuse contact") == "mail-ru");
  CHECK(entry(Field::entity, "MAIL-RU, abuse contact") == "mail-ru");
  CHECK(entry(Field::maxmind_geo_loc, "6254928;Virginia") == "6254928");
  CHECK(entry(Field::maxmind_geo_loc, "6254928, Virginia") == "6254928");
  CHECK(entry(Field::dnsbl, "bl.example=127.0.0.[2;4]# x") == "bl.example=127.0.0.[2;4]");
  CHECK(entry(Field::maxmind_anonymous, "is_anonymous;x") == "is_anonymous");
}

TEST_CASE("ip_net: ranges of addresses, as WHOIS answers have them, and netmasks") {
  CHECK(entry(Field::ip_net, "139.162.0.0 - 139.162.255.255") == "139.162.0.0/16");
  CHECK(entry(Field::ip_net, "139.162.0.0 - 139.162.255.255   Linode") == "139.162.0.0/16");
  CHECK(entry(Field::ip_net, "1.2.3.4-1.2.3.9") == "1.2.3.4/30 + 1.2.3.8/31");
  CHECK(entry(Field::ip_net, "8.8.8.0/255.255.255.0") == "8.8.8.0/24");
  CHECK(entry(Field::ip_net, "8.8.8.0 255.255.255.0 x") == "8.8.8.0/24");
  CHECK(entry(Field::ip_net, "1.2.3.4 - 1.2.3.9", Use::client_rule) == "1.2.3.4/30 + 1.2.3.8/31");
  CHECK_THAT(entry(Field::ip_net, "1.2.3.4 - 1.2.3.9 x", Use::client_rule),
             ContainsSubstring("more than one value"));
  CHECK(entry(Field::ip_net, "10.0.0.1 - 10.0.0.6") ==
        "10.0.0.1/32 + 10.0.0.2/31 + 10.0.0.4/31 + 10.0.0.6/32 | warning: 10.0.0.1 - 10.0.0.6 has "
        "no effect: it lies in Private-Use Networks, which is never refused");
  // Some of it has.
  CHECK(entry(Field::ip_net, "9.255.255.255 - 10.0.0.0") == "9.255.255.255/32 + 10.0.0.0/32");
  CHECK(entry(Field::ip_net, "0.0.0.0 - 191.255.255.255") ==
        "0.0.0.0/1 + 128.0.0.0/2 | warning: 0.0.0.0/1 matches a large part of all logins: any such "
        "address");
  CHECK(entry(Field::ip_net, "1.2.3.9 - 1.2.3.4") ==
        "nothing | error: '1.2.3.9 - 1.2.3.4' is not a network: the range ends before it begins "
        "(write 1.2.3.4-1.2.3.9)");
}

TEST_CASE("ip_net: what is no network is an error") {
  CHECK(entry(Field::ip_net, "10.0.0.0/33") ==
        "nothing | error: '10.0.0.0/33' is not a network: the prefix must be 0 to 32");
  for (const auto* text : {"example.org", "1.2.3", "1.2.3.4/", "1.2.3.4-9", "1.2.3.4 - 1.2.3.999",
                           "1.2.3.4:25", "fe80::1%eth0", "*", "01.2.3.4"}) {
    CAPTURE(text);
    CHECK_THAT(entry(Field::ip_net, text),
               ContainsSubstring("nothing | error: ") && ContainsSubstring("is not a network"));
  }
  CHECK_THAT(entry(Field::ip_net, "1.2.3.4\xc2\xa0"), ContainsSubstring("not ASCII"));
}

TEST_CASE("a second entry on the line is never skipped in silence") {
  for (const auto* text :
       {"13.107.6.152/31, 13.107.18.10/31", "13.107.6.152/31,13.107.18.10/31",
        "13.107.6.152/31 , 13.107.18.10/31", "13.107.6.152/31, 13.107.18.10-13.107.18.11"}) {
    CAPTURE(text);
    CHECK_THAT(entry(Field::ip_net, text),
               ContainsSubstring("nothing | error: ") && ContainsSubstring("comma"));
  }
  CHECK_THAT(entry(Field::asn, "AS64500, AS64501"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::as_cc, "DE, AT"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::net_cc, "DE,AT,CH"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::entity, "MAIL-RU,VKNC"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::dnsbl, "a.example, b.example"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::maxmind_geo_loc, "6254928, 4744870"), ContainsSubstring("comma"));

  CHECK(entry(Field::ip_net, "8.8.8.0/24 9.9.9.0/24") ==
        "8.8.8.0/24 | warning: '9.9.9.0/24' is read as a comment: write one entry a line");
  CHECK(entry(Field::ip_net, "8.8.8.0/24;9.9.9.0/24") ==
        "8.8.8.0/24 | warning: '9.9.9.0/24' is read as a comment: write one entry a line");
  CHECK_THAT(entry(Field::asn, "64500, 64501"), ContainsSubstring("comma"));
  CHECK_THAT(entry(Field::asn, "AS64500 AS64501"), ContainsSubstring("AS64500 | warning: "));
  CHECK_THAT(entry(Field::as_cc, "DE AT"), ContainsSubstring("DE | warning: "));
  CHECK(entry(Field::asn, "AS64500 as seen in 2024") == "AS64500");
}

TEST_CASE("ip_net: networks that would hit everyone, or no one, are warned about") {
  CHECK(entry(Field::ip_net, "0.0.0.0/0") ==
        "0.0.0.0/0 | warning: 0.0.0.0/0 matches every IPv4 address");
  CHECK(entry(Field::ip_net, "::/0") == "::/0 | warning: ::/0 matches every IPv6 address");
  CHECK_THAT(entry(Field::ip_net, "128.0.0.0/1"), ContainsSubstring("a large part"));
  CHECK_THAT(entry(Field::ip_net, "2000::/3"), ContainsSubstring("a large part"));
  CHECK(entry(Field::ip_net, "52.0.0.0/8") == "52.0.0.0/8");
  CHECK(entry(Field::ip_net, "0.0.0.0/0", Use::allow_list) == "0.0.0.0/0");
  CHECK(entry(Field::ip_net, "10.1.0.0/16") ==
        "10.1.0.0/16 | warning: 10.1.0.0/16 has no effect: it lies in Private-Use Networks, which "
        "is never refused");
  CHECK_THAT(entry(Field::ip_net, "fd00::1"), ContainsSubstring("Unique Local Unicast"));
  CHECK_THAT(entry(Field::ip_net, "64:ff9b::52.96.0.0/110"),
             ContainsSubstring("write 52.96.0.0/14"));
  CHECK_THAT(entry(Field::ip_net, "2002:3460::/32"), ContainsSubstring("write 52.96.0.0/16"));
  CHECK_THAT(entry(Field::ip_net, "2002:3460:102:1::/64"), ContainsSubstring("write 52.96.1.2/32"));
  // Who writes the whole block means the form of the address.
  CHECK(entry(Field::ip_net, "2002::/16") == "2002::/16");
  CHECK(entry(Field::ip_net, "64:ff9b::/96") == "64:ff9b::/96");
}

TEST_CASE("asn: with and without AS, in any case") {
  CHECK(entry(Field::asn, "AS64500") == "AS64500");
  CHECK(entry(Field::asn, "as64500 a comment") == "AS64500");
  CHECK(entry(Field::asn, " 64500 ") == "AS64500");
  CHECK(entry(Field::asn, "AS1") == "AS1");
  CHECK(entry(Field::asn, "AS4294967295") == "AS4294967295");
  CHECK(entry(Field::asn, "AS0") ==
        "nothing | error: 'AS0' is not an AS number from AS1 to AS4294967295 (try AS64500)");
  for (const auto* text : {"AS", "AS4294967296", "AS99999999999999999999", "AS-1", "AS1.10", "ASN1",
                           "AS64500x", "AS 64500", "AS+1", "VODANET"}) {
    CAPTURE(text);
    CHECK_THAT(entry(Field::asn, text), ContainsSubstring("nothing | error: "));
  }
}

TEST_CASE("countries: the first word of letters counts") {
  for (const auto field : {Field::as_cc, Field::net_cc, Field::maxmind_geo_cc}) {
    CHECK(entry(field, "DE") == "DE");
    CHECK(entry(field, "ru") == "RU");
    CHECK(entry(field, "US United States") == "US");
    CHECK(entry(field, "US, United States") == "US");
    CHECK(entry(field, "US: United States") == "US");
    CHECK(entry(field, "ZZ") == "ZZ");
    CHECK(entry(field, "AN  Netherlands Antilles") == "AN");
    CHECK_THAT(entry(field, "EU"), ContainsSubstring("EU | note: "));
    CHECK(entry(field, "UK") ==
          "nothing | error: 'UK' is not a country code of ISO 3166-1 (United Kingdom is GB)");
    for (const auto* text : {"D", "DEU", "Germany", "QQ", "D3", "49", "%a%a", "'DE", "-"}) {
      CAPTURE(text);
      CHECK_THAT(entry(field, text), ContainsSubstring("nothing | error: "));
    }
  }
}

TEST_CASE("entities are literal handles in lower case") {
  CHECK(entry(Field::entity, "VKCOMPANY-MNT") == "vkcompany-mnt");
  CHECK(entry(Field::entity, "MAIL-RU  abuse contact of VK") == "mail-ru");
  CHECK(entry(Field::entity, "'MAIL-RU") == "mail-ru");
  CHECK(entry(Field::entity, "\"MAIL-RU") == "mail-ru");
  for (const auto* text : {"MAIL%-RU", ".*LINODE.*", "VK[A-Z]+", "^VKNC$", "'", "\"VKNC\""}) {
    CAPTURE(text);
    CHECK_THAT(entry(Field::entity, text),
               ContainsSubstring("nothing | error: ") && ContainsSubstring("compared literally"));
  }
}

TEST_CASE("dnsbl, GeoName IDs, coordinates, flags and services") {
  CHECK(entry(Field::dnsbl, "ZEN.example.org=127.0.0.[2..11] a comment") ==
        "zen.example.org=127.0.0.[2..11]");
  CHECK_THAT(entry(Field::dnsbl, "zen.example.org*2"), ContainsSubstring("nothing | error: "));
  CHECK(entry(Field::maxmind_geo_loc, "6254928 Virginia, USA") == "6254928");
  CHECK(entry(Field::maxmind_geo_loc, "0042") == "42");
  CHECK_THAT(entry(Field::maxmind_geo_loc, "0"), ContainsSubstring("is not a GeoName ID"));
  CHECK_THAT(entry(Field::maxmind_geo_loc, "4294967296"), ContainsSubstring("is not a GeoName ID"));
  CHECK_THAT(entry(Field::maxmind_geo_loc, "Berlin"), ContainsSubstring("is not a GeoName ID"));
  CHECK(entry(Field::maxmind_coords, " 38.741104, -49.6676859, 100, 0.5 ") ==
        "38.741104,-49.6676859,100,0.5");
  CHECK_THAT(entry(Field::maxmind_coords, "91,0,1,1"), ContainsSubstring("nothing | error: "));
  CHECK(entry(Field::maxmind_anonymous, "Is_Hosting_Provider AWS and others") ==
        "is_hosting_provider");
  CHECK_THAT(entry(Field::maxmind_anonymous, "is_spaceship"),
             ContainsSubstring("is_spaceship | warning: "));
  CHECK_THAT(entry(Field::maxmind_anonymous, "hosting"), ContainsSubstring("nothing | error: "));
  CHECK(entry(Field::service, "IMAP", Use::client_rule) == "imap");
  CHECK_THAT(entry(Field::service, "im.ap", Use::client_rule), ContainsSubstring("not a service"));
}

TEST_CASE("a pattern is the whole line, inner blanks and all") {
  CHECK(entry(Field::as_dscr, "VODANET International .*, DE") == "VODANET International .*, DE");
  CHECK(entry(Field::as_dscr, "  'Google LLC") == "'Google LLC");
  CHECK(entry(Field::rev_host, "<>") == "<>");
  CHECK(entry(Field::client_id, R"("name" "Outlook".*)") == R"("name" "Outlook".*)");
  CHECK(entry(Field::net_name, "MSFT \t") ==
        "MSFT | warning: 'MSFT': blanks at the end of the line are dropped");
  CHECK(entry(Field::user, "alice@example%.org", Use::allow_list) == "alice@example%.org");
}

TEST_CASE("what is no pattern is an error, for every list of patterns") {
  for (const auto field : {Field::rev_host, Field::as_dscr, Field::net_name, Field::client_id,
                           Field::maxmind_as_org, Field::user}) {
    CHECK(entry(field, "abc%") ==
          "nothing | error: 'abc%' is no Lua pattern: malformed pattern (ends with '%')");
    CHECK_THAT(entry(field, "[a"), ContainsSubstring("missing ']'"));
  }
}

TEST_CASE("patterns that are hardly meant are warned about, and count") {
  CHECK(entry(Field::rev_host, ".*") == ".* | warning: '.*' matches every value");
  CHECK_THAT(entry(Field::rev_host, "^.+$"), ContainsSubstring("matches every value"));
  CHECK_THAT(entry(Field::user, ".*", Use::allow_list),
             ContainsSubstring("nobody is ever refused"));
  CHECK_THAT(entry(Field::rev_host, "mail-ej1.*"), ContainsSubstring("'l-' repeats the 'l'"));
  CHECK_THAT(entry(Field::rev_host, R"(.*\.google\.com)"), ContainsSubstring("backslash"));
  CHECK_THAT(entry(Field::rev_host, "(a|b)%.example"), ContainsSubstring("one line for each"));
  CHECK_THAT(entry(Field::rev_host, ".*%.example%."), ContainsSubstring("without their last dot"));
  CHECK_THAT(entry(Field::as_dscr, "'Google LLC'"), ContainsSubstring("the last quote"));
  CHECK_THAT(entry(Field::as_dscr, "(.*)(.*)(.*)%1"), ContainsSubstring("back references"));
  CHECK(entry(Field::rev_host, "..*%.example") == "..*%.example");
  CHECK(entry(Field::rev_host, "mail%-ej1.-x") == "mail%-ej1.-x");
}

TEST_CASE("control characters and lines without end are errors in every list") {
  for (std::size_t i = 0; i < badclients::lists::field_count; ++i) {
    const auto field = static_cast<Field>(i);
    CHECK_THAT(entry(field, std::string_view{"AS1\0AS2", 7}), ContainsSubstring("byte 0x00"));
    CHECK_THAT(entry(field, "a\x1b[31m"), ContainsSubstring("byte 0x1b"));
    CHECK_THAT(entry(field, std::string(4097, '1')), ContainsSubstring("longer than 4096 bytes"));
  }
}

TEST_CASE("in a client rule a value is taken as it stands") {
  CHECK(entry(Field::client_id, "", Use::client_rule).empty());
  CHECK(entry(Field::as_dscr, " blanks ", Use::client_rule) == " blanks ");
  CHECK_THAT(entry(Field::asn, "AS1 a comment", Use::client_rule),
             ContainsSubstring("more than one value"));
  CHECK_THAT(entry(Field::as_cc, "US, United States", Use::client_rule),
             ContainsSubstring("nothing | error: "));
  CHECK_THAT(entry(Field::asn, "", Use::client_rule), ContainsSubstring("nothing | error: "));
  CHECK_THAT(entry(Field::maxmind_geo_cc, "", Use::client_rule),
             ContainsSubstring("nothing | error: "));
  CHECK_THAT(entry(Field::service, "", Use::client_rule), ContainsSubstring("nothing | error: "));
}
