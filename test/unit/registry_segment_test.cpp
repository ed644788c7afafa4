#include "registry/segment.hpp"

#include <random>

#include "catch.hpp"

using namespace badclients;
using namespace badclients::registry;

namespace {

Point at(const std::string& text) {
  return point_of(*net::Address::parse(text));
}

Range range(const std::string& first, const std::string& last) {
  return {at(first), at(last)};
}

using Entries = std::vector<std::pair<Point, Segment>>;

std::string written(const Entries& entries) {
  BlockWriter writer;
  for (const auto& [first, segment] : entries) writer.add(first, segment);
  return writer.bytes();
}

tl::expected<Entries, std::string> read(Point first, const std::string& bytes) {
  BlockReader reader{first, bytes};
  Entries entries;
  for (;;) {
    const auto entry = reader.next();
    if (!entry) return tl::unexpected(entry.error());
    if (!*entry) return entries;
    entries.emplace_back((*entry)->first, (*entry)->segment);
  }
}

Entries some4() {
  return {{at("192.0.2.0"), {}},
          {at("192.0.2.1"), {Route{64500, 24}, std::nullopt, std::nullopt}},
          {at("192.0.2.77"),
           {Route{first_set + 7, 8}, Delegation{Registry::afrinic, {'Z', 'A'}},
            Holder{first_holder, range("192.0.2.70", "192.0.2.99")}}},
          {at("198.51.100.0"),
           {std::nullopt, Delegation{Registry::arin, {}},
            Holder{first_holder + 5'000'000, range("198.51.100.0", "198.51.100.255")}}},
          {at("255.255.255.255"), {Route{4294967295, 32}, std::nullopt, std::nullopt}}};
}

Entries some6() {
  return {
      {at("2001:db8::"), {Route{1, 32}, Delegation{Registry::apnic, {'A', 'U'}}, std::nullopt}},
      {at("2001:db8::5"),
       {std::nullopt, std::nullopt, Holder{first_holder + 1, range("2001:db8::3", "2001:db8::9")}}},
      {at("2001:db8:1::"),
       {std::nullopt, std::nullopt,
        Holder{first_holder + 1, range("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")}}},
      {at("ffff::1"), {}},
      {at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), {Route{2, 0}, {}, {}}}};
}

}  // namespace

TEST_CASE("an address is a number, in the order of addresses", "[registry]") {
  for (const auto* text : {"0.0.0.0", "1.2.3.4", "255.255.255.255", "::1:0:0:1", "2001:db8::1",
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    CHECK(address_of(at(text)).str() == text);
  }
  CHECK(at("1.2.3.4") < at("255.255.255.255"));
  CHECK(at("255.255.255.255") < at("2001:db8::"));
  CHECK(is_v4(at("1.2.3.4")));
  CHECK_FALSE(is_v4(at("2001:db8::")));
}

TEST_CASE("a range is told as a network where it is one", "[registry]") {
  CHECK(prefix_length(range("192.0.2.0", "192.0.2.255")) == 24U);
  CHECK(prefix_length(range("192.0.2.7", "192.0.2.7")) == 32U);
  CHECK(prefix_length(range("0.0.0.0", "255.255.255.255")) == 0U);
  CHECK_FALSE(prefix_length(range("192.0.2.0", "192.0.2.254")));
  CHECK_FALSE(prefix_length(range("192.0.2.1", "192.0.2.2")));
  CHECK_FALSE(prefix_length(range("192.0.2.128", "192.0.3.127")));
  CHECK(prefix_length(range("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")) == 32U);
  CHECK(range_around(at("192.0.2.77"), 24) == range("192.0.2.0", "192.0.2.255"));
  CHECK(range_around(at("2001:db8::77"), 0) ==
        range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST_CASE("segments are read as they were written", "[registry]") {
  CHECK(read(at("192.0.2.0"), written(some4())) == some4());
  CHECK(read(at("2001:db8::"), written(some6())) == some6());
}

TEST_CASE("an ordinary segment takes few bytes", "[registry]") {
  const Segment segment{Route{200'000, 22}, Delegation{Registry::ripencc, {'D', 'E'}},
                        Holder{first_holder + 1'000'000, range("192.0.2.0", "192.0.2.255")}};
  BlockWriter writer;
  writer.add(at("192.0.2.0"), segment);
  CHECK(writer.bytes().size() <= 14);
}

TEST_CASE("a row's key leads back to its first address", "[registry]") {
  for (const auto* text :
       {"0.0.0.0", "192.0.2.7", "255.255.255.255", "2001:db8:1:2::", "ffff:ffff:ffff:fffe::"}) {
    CHECK(row_first(row_key(at(text))) == at(text));
  }
  CHECK(row_first(row_key(at("2001:db8:1:3::5"))) == at("2001:db8:1:2::"));
  CHECK(row_key(at("255.255.255.255")) < row_key(first_v6));
  CHECK(row_key(at("2001:db8::")) < row_key(at("ffff::")));
}

TEST_CASE("damaged segments are an error or others, and nothing worse", "[registry]") {
  std::mt19937 random{1};
  for (const auto& [first, entries] :
       {std::pair{at("192.0.2.0"), some4()}, std::pair{at("2001:db8::"), some6()}}) {
    const auto bytes = written(entries);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto part = read(first, bytes.substr(0, length));
      if (part) CHECK(part->size() < entries.size());
    }
    for (int i = 0; i < 100'000; ++i) {
      auto damaged = bytes;
      for (auto count = 1 + random() % 3; count > 0; --count) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      const auto result = read(first, damaged);
      if (!result) continue;
      for (const auto& [start, segment] : *result) {
        if (segment.holder) REQUIRE(segment.holder->range.contains(start));
        if (segment.route) REQUIRE(segment.route->prefix <= (is_v4(start) ? 32U : 128U));
      }
    }
  }
}
