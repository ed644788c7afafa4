// Index: bytes that nobody should have written.

#include <array>
#include <cstring>

#include "catch.hpp"
#include "index_questions.hpp"
#include "lists/index.hpp"
#include "rules.hpp"

using namespace badclients::lists;
using badclients::net::Address;

namespace {

std::string image() {
  Rules rules;
  for (int i = 0; i < 300; ++i) {  // more than a block
    rules.deny(Field::ip_net,
               Address::v4(0x0a000000U + 977U * static_cast<unsigned>(i)).str() + "/32");
  }
  rules.deny(Field::ip_net, "10.0.0.0/8").deny(Field::ip_net, "10.0.0.0/24");
  rules.deny(Field::ip_net, "2001:db8::/32").allow(Field::ip_net, "2001:db8::1/128");
  rules.deny(Field::asn, "AS64500").deny(Field::entity, "mail-ru").deny(Field::rev_host, "a.*");
  rules.client({"one", "One", "Vendor", "https://one.example/", "No.", ClientMode::monitor});
  rules.rule({Rules::is(Field::ip_net, {"10.0.0.0/24"}), Rules::is(Field::service, {"pop3"}),
              Rules::is_not(Field::ip_net, {"10.0.0.0/32"})});
  rules.rule({Rules::is(Field::asn, {"AS64500"}), Rules::is(Field::rev_host, {"x y"})});
  rules.rule({Rules::is(Field::rev_host, {"x"}), Rules::is_not(Field::entity, {"e"})});
  return compile(rules.book());
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// A copy in memory of just that size, so that checkers notice every read behind its end.
void ask(const std::string& text) {
  const std::vector<std::byte> exact(bytes_of(text).begin(), bytes_of(text).end());
  if (const auto index = Index::over(exact)) ask_everything(*index);
}

}  // namespace

TEST_CASE("what is no index, or none of this program, is refused with a reason") {
  const auto good = image();
  const auto refusal = [](const std::string& bytes) {
    const auto index = Index::over(bytes_of(bytes));
    return index ? std::string("accepted") : index.error();
  };
  const auto with = [&](std::size_t offset, const char* text) {
    auto bytes = good;
    bytes.replace(offset, std::strlen(text), text);
    return bytes;
  };
  CHECK(refusal(good) == "accepted");
  CHECK(refusal("") == "it is cut short");
  CHECK(refusal(std::string(5000, 'x')) == "it is not an index of lists");
  CHECK(refusal(with(offsetof(format::Header, byte_order), "\x01\x02\x03\x04")) ==
        "it was made on another kind of machine");
  CHECK(refusal(with(offsetof(format::Header, version), "\x7f")) ==
        "it was made by another version");
  CHECK(refusal(with(offsetof(format::Header, program), "9.9")) ==
        "it was made by another version");
  CHECK(refusal(with(offsetof(format::Header, looked_at), "\xff")) == "its header is damaged");
  CHECK_THAT(refusal(good + "x"), ContainsSubstring("bytes, not"));
}

TEST_CASE("an index cut short anywhere is refused") {
  const auto good = image();
  for (std::size_t length = 0; length < good.size(); ++length) {
    REQUIRE_FALSE(Index::over(bytes_of(good).first(length)));
  }
}

TEST_CASE(
    "damage in the header is noticed, damage elsewhere keeps every look-up within the bytes") {
  const auto good = image();
  constexpr std::array<unsigned, 3> flips{0x01, 0x80, 0xff};
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    const auto byte = static_cast<unsigned char>(bad[i]);
    bad[i] = static_cast<char>(byte ^ flips[i % flips.size()]);
    if (i < sizeof(format::Header)) {
      REQUIRE_FALSE(Index::over(bytes_of(bad)));
    } else {
      ask(bad);
    }
  }
}

TEST_CASE("a header that lies with a right checksum keeps every look-up within the bytes") {
  const auto good = image();
  for (std::size_t i = 0; i + 4 <= sizeof(format::Header); i += 4) {
    for (const std::uint32_t lie : {0U, 1U, 1000U, 0x7fffffffU, 0xffffffffU}) {
      auto bad = good;
      std::memcpy(bad.data() + i, &lie, sizeof lie);
      format::Header header{};
      std::memcpy(&header, bad.data(), sizeof header);
      header.checksum = format::checksum(header);
      std::memcpy(bad.data(), &header, sizeof header);
      ask(bad);
    }
  }
}

TEST_CASE("words of ones anywhere keep every look-up within the bytes") {
  const auto good = image();
  for (std::size_t i = sizeof(format::Header); i + 4 <= good.size(); i += 4) {
    auto bad = good;
    std::memset(bad.data() + i, 0xff, 4);
    ask(bad);
    std::memset(bad.data() + i, 0xff, std::min<std::size_t>(64, bad.size() - i));
    ask(bad);
  }
}

TEST_CASE("a rule whose clauses are damaged cannot be tested, rather than hold without them") {
  const auto good = image();
  format::Header header{};
  std::memcpy(&header, good.data(), sizeof header);
  const auto damage = [&](std::size_t offset, std::uint32_t value) {
    auto bytes = good;
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return Index::over(bytes_of(bytes)).value().clauses(0, [](const auto&) { return true; });
  };
  const auto clauses = header.rules.offset + offsetof(format::Rule, clauses);
  CHECK(damage(clauses, 0));
  CHECK_FALSE(damage(clauses, 1000));
  CHECK_FALSE(damage(clauses + sizeof(std::uint32_t), 1000));
  CHECK_FALSE(damage(header.clauses.offset + offsetof(format::Clause, field), 1000));
}
