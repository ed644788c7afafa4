#include "facts/serialise.hpp"

#include "catch.hpp"
#include "facts/escape.hpp"

using namespace badclients::facts;
using badclients::net::Address;
using badclients::net::Network;

namespace {

template <class T>
void check_round_trip(const T& value) {
  const auto line = encode(value);
  CHECK(line.find_first_of(std::string{"\n\r\0", 3}) == std::string::npos);
  CHECK(line.size() <= longest_line);
  const auto read = decode<T>(line);
  REQUIRE(read);
  CHECK(*read == value);
}

template <class T>
std::string error_of(std::string_view line) {
  const auto read = decode<T>(line);
  return read ? "no error" : read.error();
}

const std::string every_byte = [] {
  std::string text;
  for (int i = 0; i < 256; ++i) text += static_cast<char>(i);
  return text;
}();

std::pair<Address, Address> range(const char* first, const char* last) {
  return {*Address::parse(first), *Address::parse(last)};
}

}  // namespace

TEST_CASE("facts come back as they were written") {
  check_round_trip(ReverseNames{});
  check_round_trip(ReverseNames{{"", Confirmed::no}});
  check_round_trip(ReverseNames{
      {"a.example", Confirmed::yes}, {"b.example", Confirmed::no}, {"?", Confirmed::not_asked}});
  check_round_trip(Origin{});
  check_round_trip(
      Origin{{23028, 15169, 4294967295}, Network::parse("216.90.108.0/24").value(), "US", "arin"});
  check_round_trip(Origin{{0}, Network::parse("2001:db8::/32").value(), "", "ripencc"});
  check_round_trip(AsDescription{});
  check_round_trip(AsDescription{64500, "VODANET International IP-Backbone of Vodafone, DE"});
  check_round_trip(Registration{});
  check_round_trip(Registration{"EU-LINODE-20141229",
                                "US",
                                {"LA538-RIPE", "NOD1-RIPE"},
                                range("139.162.0.0", "139.162.255.255")});
  check_round_trip(Registration{"", "", {""}, range("2001:db8::", "2001:db8::ffff")});
  check_round_trip(DnsblListing{"zen.example", {}, ""});
  check_round_trip(DnsblListing{
      "zen.example", {*Address::parse("127.0.0.2"), *Address::parse("127.0.0.10")}, "spam"});
}

TEST_CASE("any byte may be in a text") {
  check_round_trip(ReverseNames{{every_byte, Confirmed::no}, {"\\", Confirmed::yes}});
  check_round_trip(AsDescription{1, every_byte});
  check_round_trip(Registration{every_byte, "", {every_byte, "\t", "\n\\n"}, std::nullopt});
  check_round_trip(DnsblListing{every_byte, {}, every_byte});
  CHECK(*unescaped(escaped(every_byte)) == every_byte);
}

TEST_CASE("what is beyond the bounds is cut, and what is left can be read") {
  const std::string nasty(5000, '\n');
  const auto description = decode<AsDescription>(encode(AsDescription{1, nasty}));
  REQUIRE(description);
  CHECK(description->text == nasty.substr(0, longest_field));

  ReverseNames many;
  for (int i = 0; i < 1000; ++i) many.push_back({std::to_string(i), Confirmed::no});
  const auto names = decode<ReverseNames>(encode(many));
  REQUIRE(names);
  CHECK(*names == ReverseNames{many.begin(), many.begin() + most_members});

  Registration wide{"name", "DE", std::vector<std::string>(1000, nasty), std::nullopt};
  const auto line = encode(wide);
  CHECK(line.size() <= longest_line);
  const auto registration = decode<Registration>(line);
  REQUIRE(registration);
  CHECK(registration->name == "name");
  CHECK(registration->entities.size() == 31);  // of 1024 bytes, two bytes each, in 64 KiB

  const auto origin = decode<Origin>(encode(
      Origin{std::vector<std::uint32_t>(100, 4294967295), std::nullopt, "Germany", "RIPE NCC"}));
  REQUIRE(origin);
  CHECK(*origin ==
        Origin{std::vector<std::uint32_t>(most_members, 4294967295), std::nullopt, "", ""});
}

TEST_CASE("a bad line is refused with a reason") {
  CHECK(error_of<ReverseNames>("xname") == "bad confirmation mark");
  CHECK(error_of<ReverseNames>("yname\t") == "bad confirmation mark");
  CHECK(error_of<ReverseNames>("yname\\") == "bad escape");
  CHECK(error_of<ReverseNames>("yname\\x41") == "bad escape");
  CHECK(error_of<ReverseNames>("yname\n") == "control byte in a field");
  CHECK(error_of<ReverseNames>(std::string_view{"y\0", 2}) == "control byte in a field");

  CHECK(error_of<Origin>("") == "too few fields");
  CHECK(error_of<Origin>("1\t\t") == "too few fields");
  CHECK(error_of<Origin>("1\t\t\t\t") == "too many fields");
  CHECK(error_of<Origin>("4294967296\t\t\t") == "bad AS number");
  CHECK(error_of<Origin>("AS1\t\t\t") == "bad AS number");
  CHECK(error_of<Origin>("1 \t\t\t") == "bad AS number");
  CHECK(error_of<Origin>("1,2\t\t\t") == "bad AS number");
  CHECK(error_of<Origin>("-1\t\t\t") == "bad AS number");
  for (const auto* prefix : {"10.0.0.0/33", "10.0.0.1/8", "10.0.0.0", "::ffff:10.0.0.0/104",
                             "fe80::%1/64", "x", "10.0.0.0/08"}) {
    CHECK(error_of<Origin>("1\t" + std::string{prefix} + "\t\t") == "bad network");
  }
  CHECK(error_of<Origin>("1\t\tGermany\t") == "bad country");
  CHECK(error_of<Origin>("1\t\tD1\t") == "bad country");
  CHECK(error_of<Origin>("1\t\tDE\tripe") == "unknown registry");

  CHECK(error_of<AsDescription>("\ttext") == "bad AS number");
  CHECK(error_of<AsDescription>("1") == "too few fields");
  CHECK(error_of<AsDescription>("1\ta\tb") == "too many fields");

  CHECK(error_of<Registration>("a\tDE\t\t10.0.0.0") == "bad address in the range");
  CHECK(error_of<Registration>("a\tDE\t10.0.0.0\t") == "bad address in the range");
  CHECK(error_of<Registration>("a\tDE\t10.0.0.1\t10.0.0.0") == "bad range");
  CHECK(error_of<Registration>("a\tDE\t10.0.0.1\t2001:db8::") == "bad range");
  CHECK(error_of<Registration>("a\tDEU\t\t") == "bad country");

  CHECK(error_of<DnsblListing>("\treason") == "no DNSBL zone");
  CHECK(error_of<DnsblListing>("zone\treason\t127.0.0.256") == "bad DNSBL answer");
  CHECK(error_of<DnsblListing>("zone\treason\t::1") == "bad DNSBL answer");
  CHECK(error_of<DnsblListing>("zone\treason\t") == "bad DNSBL answer");
}

TEST_CASE("lengths and counts are bounded when reading") {
  const std::string longest(longest_field, 'x');
  CHECK(decode<AsDescription>("1\t" + longest));
  CHECK(error_of<AsDescription>("1\t" + longest + "x") == "field too long");
  CHECK(error_of<AsDescription>("1\t" + std::string(longest_line, 'x')) == "line too long");

  std::string names = "yname";
  for (std::size_t i = 1; i < most_members; ++i) names += "\tyname";
  CHECK(decode<ReverseNames>(names));
  CHECK(error_of<ReverseNames>(names + "\tyname") == "too many fields");

  std::string numbers = "1";
  for (std::size_t i = 1; i < most_members; ++i) numbers += " 1";
  CHECK(decode<Origin>(numbers + "\t\t\t"));
  CHECK(error_of<Origin>(numbers + " 1\t\t\t") == "too many AS numbers");
}

TEST_CASE("a line cut anywhere or with any byte changed never does more than fail") {
  const auto line = encode(Registration{
      "EU-LINODE\t", "US", {"LA538-RIPE", "a\\b"}, range("139.162.0.0", "139.162.255.255")});
  for (std::size_t length = 0; length < line.size(); ++length) {
    if (const auto read = decode<Registration>(line.substr(0, length))) {
      CHECK(decode<Registration>(encode(*read)) == read);
    }
  }
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const char byte : every_byte) {
      auto changed = line;
      changed[at] = byte;
      if (const auto read = decode<Registration>(changed)) {
        CHECK(decode<Registration>(encode(*read)) == read);
      }
    }
  }
}

TEST_CASE("text for people is bounded printable ASCII") {
  CHECK(printable("whois.ripe.net", 64) == "whois.ripe.net");
  CHECK(printable("a\tb\n\x80\x7f~ ", 64) == "a?b???~ ");
  CHECK(printable("abcdef", 3) == "abc");
}
