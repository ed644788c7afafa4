#include "net/network_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "catch.hpp"

using namespace badclients::net;

namespace {

/// "192.0.2.0/25 192.0.2.128/26 | the rest of the text".
std::string read(std::string_view text) {
  const auto read = read_network(text);
  if (!read) return "error: " + read.error();
  auto result = read->first.str();
  for (const auto& network : read->more) result += " " + network.str();
  if (read->host_bits) result += " (host bits)";
  const auto rest = text.substr(read->length);
  return rest.empty() ? result : fmt::format("{} |{}", result, rest);
}

}  // namespace

TEST_CASE("networks and addresses are read, and what stands behind them is left") {
  CHECK(read("52.96.0.0/14") == "52.96.0.0/14");
  CHECK(read("52.97.246.245/14") == "52.96.0.0/14 (host bits)");
  CHECK(read("131.253.33.215") == "131.253.33.215/32");
  CHECK(read("2603:1006::/40\tExchange") == "2603:1006::/40 |\tExchange");
  CHECK(read("8.8.8.0/24;x") == "8.8.8.0/24 |;x");
  CHECK(read("8.8.8.0/24# x") == "8.8.8.0/24 |# x");
  CHECK(read("8.8.8.8, Google") == "8.8.8.8/32 |, Google");
  CHECK(read("8.8.8.8 - Google") == "8.8.8.8/32 | - Google");
  CHECK(read("8.8.8.8 - 2 hosts") == "8.8.8.8/32 | - 2 hosts");
  CHECK(read("8.8.8.8 8 hosts") == "8.8.8.8/32 | 8 hosts");
  CHECK(read("8.8.8.0/24 -- Google") == "8.8.8.0/24 | -- Google");
  CHECK(read("::ffff:52.96.0.0/110") == "52.96.0.0/14");
  CHECK(read("200.160/20") == "200.160.0.0/20");
  CHECK(read("0/0") == "0.0.0.0/0");
  CHECK(read("10.1/8") == "10.0.0.0/8 (host bits)");
}

TEST_CASE("a range is read as the fewest networks that are exactly it") {
  CHECK(read("139.162.0.0 - 139.162.255.255") == "139.162.0.0/16");
  CHECK(read("139.162.0.0-139.162.255.255 Linode") == "139.162.0.0/16 | Linode");
  CHECK(read("139.162.0.0 -139.162.255.255;x") == "139.162.0.0/16 |;x");
  CHECK(read("139.162.0.0 \xe2\x80\x93 139.162.255.255") == "139.162.0.0/16");
  CHECK(read("139.162.0.0\xe2\x80\x94"
             "139.162.255.255") == "139.162.0.0/16");
  CHECK(read("1.2.3.4-1.2.3.9") == "1.2.3.4/30 1.2.3.8/31");
  CHECK(read("1.2.3.4 - 1.2.3.4") == "1.2.3.4/32");
  CHECK(read("0.0.0.0 - 255.255.255.255") == "0.0.0.0/0");
  CHECK(read("2a02:8109:: - 2a02:8109:ffff:ffff:ffff:ffff:ffff:ffff") == "2a02:8109::/32");
  CHECK(read("2001:db8::1-2001:db8::2 x") == "2001:db8::1/128 2001:db8::2/128 | x");
}

TEST_CASE("the longest range has the fewest networks, and every address of it is in one") {
  const auto v4 = networks_of_range(Address::v4(1), Address::v4(0xfffffffe));
  CHECK(v4.size() == 62);
  const auto v6 = networks_of_range(*Address::parse("::1"),
                                    *Address::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"));
  CHECK(v6.size() == 254);
  for (const auto* networks : {&v4, &v6}) {
    for (std::size_t i = 1; i < networks->size(); ++i) {
      CHECK((*networks)[i - 1].last().next() == (*networks)[i].base());
    }
  }
  CHECK(v4.front().base() == Address::v4(1));
  CHECK(v4.back().last() == Address::v4(0xfffffffe));
}

TEST_CASE("a netmask stands for its prefix") {
  CHECK(read("192.0.2.0/255.255.255.0") == "192.0.2.0/24");
  CHECK(read("192.0.2.7/255.255.255.0") == "192.0.2.0/24 (host bits)");
  CHECK(read("192.0.2.0 255.255.255.0 x") == "192.0.2.0/24 | x");
  CHECK(read("192.0.2.0/0.0.0.0") == "0.0.0.0/0 (host bits)");
  CHECK(read("192.0.2.1/255.255.255.255") == "192.0.2.1/32");
  CHECK(read("192.0.2.0/0.0.0.255") ==
        "error: '192.0.2.0/0.0.0.255' is not a network: 0.0.0.255 is no netmask (write "
        "192.0.2.0/24)");
  CHECK(read("192.0.2.0 0.0.0.255") ==
        "error: '192.0.2.0 0.0.0.255' is not a network: 0.0.0.255 is no netmask (write "
        "192.0.2.0/24)");
  CHECK(read("192.0.2.0/255.0.255.0") ==
        "error: '192.0.2.0/255.0.255.0' is not a network: 255.0.255.0 is no netmask");
  CHECK_THAT(read("2001:db8::/255.255.0.0"), ContainsSubstring("the prefix must be 0 to 128"));
}

TEST_CASE("what cannot be read is an error that shows how to write it") {
  const auto written = [](std::string_view text) {
    const auto error = read(text);
    INFO(error);
    REQUIRE_THAT(error, ContainsSubstring("error: '") && ContainsSubstring("is not a network"));
    const auto at = error.rfind("(write ");
    return at == std::string::npos ? error : error.substr(at + 7, error.size() - at - 8);
  };
  CHECK(written("192.0.2.*") == "192.0.2.0/24");
  CHECK(written("52.96.0.0 / 14") == "52.96.0.0/14");
  CHECK(written("52.96.0.0 /14 x") == "52.96.0.0/14");
  CHECK(written("52.96.0.0/ 14") == "52.96.0.0/14");
  CHECK(written("2001:db8:: / 32") == "2001:db8::/32");
  CHECK(written("192.0.*.*") == "192.0.0.0/16");
  CHECK(written("192.0.2.") == "192.0.2.0/24");
  CHECK(written("192.0.2") == "192.0.2.0/24");
  CHECK(written("10") == "10.0.0.0/8");
  CHECK(written("192.0.2.1-50") == "192.0.2.1-192.0.2.50");
  CHECK(written("192.0.2.1 - 50") == "192.0.2.1-192.0.2.50");
  CHECK(written("192.0.2.9 - 192.0.2.1") == "192.0.2.1-192.0.2.9");
  CHECK(written("192.0.2.0/24 - 192.0.3.0/24") == "192.0.2.0-192.0.3.255");
  CHECK(written("192.0.2.0 /24") == "192.0.2.0/24");
  CHECK(written("192.0.2.1:993") == "192.0.2.1");
  CHECK(written("[2001:db8::1]:993") == "2001:db8::1");
  CHECK(written("[2001:db8::1]") == "2001:db8::1");
  CHECK(written("fe80::1%eth0") == "fe80::1");
  CHECK(written("192.000.002.010") == "192.0.2.10");
  CHECK(written("01.2.3.4") == "1.2.3.4");
  CHECK(written("inetnum:        139.162.0.0 - 139.162.255.255") ==
        "139.162.0.0 - 139.162.255.255");
  CHECK(written("NetRange: 52.96.0.0 - 52.115.255.255") == "52.96.0.0 - 52.115.255.255");
  CHECK(written("ip4:192.0.2.0/24") == "192.0.2.0/24");
  CHECK(written("deny 192.0.2.0/24;") == "192.0.2.0/24");
  for (const auto* text :
       {"example.org", "", "/", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4-foo", "*", "-",
        "1.2.3.4 - 1.2.3.999", "1.2.3.4-2001:db8::1", "1.2.3.4-1.2.3.9-", "a b", "1.2.3.4.5",
        "256.1.1.1", "2001:db8::/129", "1.2.3.4-256", ": ", "[", "%"}) {
    INFO(text);
    CHECK_THAT(written(text), ContainsSubstring("is not a network"));
  }
}

TEST_CASE("of any text something is read or refused") {
  const std::string_view alphabet = "019.:/-*[]% ,;#a\xe2\x80\x93";
  std::uint32_t state = 1;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (auto length = state % 24; length > 0; --length) {
      state = state * 1664525 + 1013904223;
      text += alphabet[(state >> 16U) % alphabet.size()];
    }
    state = state * 1664525 + 1013904223;
    const auto read = read_network(text);
    if (read) {
      CHECK(read->length > 0);
      CHECK(read->length <= text.size());
    } else {
      CHECK_FALSE(read.error().empty());
    }
  }
}

TEST_CASE("what is no network is told at once, however often it looks as if one began") {
  for (const auto* part : {":", "52:54:00:12:34:56 ", "1.2.3.4.5 ", "1 - ", "ip4=", "10.0.0.0/ "}) {
    for (const std::size_t size : {60U, 2000U, 1U << 20U}) {
      std::string text;
      while (text.size() < size) text += part;
      CAPTURE(part, size);
      const auto before = std::chrono::steady_clock::now();
      (void)read_network(text);
      CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    }
  }
}
