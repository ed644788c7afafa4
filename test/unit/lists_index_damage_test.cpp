// Index: bytes that nobody should have written.

#include <array>
#include <cstring>

#include "catch.hpp"
#include "index_questions.hpp"
#include "lists/index.hpp"
#include "lists/index_builder.hpp"
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
  try {
    if (const auto index = Index::over(exact)) ask_everything(*index);
  } catch (const DamagedIndex&) {
  }
}

/// Whether some rule would refuse, or exempt, a login from an address that is in no list, or some
/// rule of a client without any of its facts.
bool is_about_everybody(const std::string& bytes) {
  const auto index = Index::over(bytes_of(bytes));
  if (!index) return false;
  bool found = false;
  try {
    for (const auto* address : {"192.0.2.77", "255.255.255.255", "2a02::77", "::"}) {
      for (const auto action : {Action::deny, Action::allow}) {
        index->networks(action, *Address::parse(address),
                        [&](const Hit&) { return !(found = true); });
      }
      index->anchored(*Address::parse(address), [&](std::uint32_t) { return !(found = true); });
    }
    index->equal(Field::asn, Action::deny, "AS1", [&](const Hit&) { return !(found = true); });
    index->unanchored([&](std::uint32_t rule) {
      found |= index->clauses(rule, [&](const ClauseView& clause) {
        // As where neither the facts nor the login have the value.
        return clause.negated && clause.field != Field::entity;
      });
      return true;
    });
  } catch (const DamagedIndex&) {
    return false;
  }
  return found;
}

}  // namespace

TEST_CASE("what is no index, or none of this version, is refused with a reason") {
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
  for (const auto& bytes : {std::string(5000, 'x'), with(sizeof(format::RuleCode) - 1, "\x7f")}) {
    CHECK(refusal(bytes) == "it is not an index of lists made by this version");
  }
  CHECK(refusal(good + "x") == "it is damaged");
}

TEST_CASE("an index cut short anywhere is refused") {
  const auto good = image();
  for (std::size_t length = 0; length < good.size(); ++length) {
    REQUIRE_FALSE(Index::over(bytes_of(good).first(length)));
  }
}

TEST_CASE("damage anywhere keeps every look-up within the bytes") {
  const auto good = image();
  constexpr std::array<unsigned, 3> flips{0x01, 0x80, 0xff};
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    const auto byte = static_cast<unsigned char>(bad[i]);
    bad[i] = static_cast<char>(byte ^ flips[i % flips.size()]);
    ask(bad);
  }
}

TEST_CASE("a header that lies keeps every look-up within the bytes") {
  const auto good = image();
  for (std::size_t i = 0; i + 4 <= sizeof(format::Header); i += 4) {
    for (const std::uint32_t lie : {0U, 1U, 1000U, 0x7fffffffU, 0xffffffffU}) {
      auto bad = good;
      std::memcpy(bad.data() + i, &lie, sizeof lie);
      ask(bad);
    }
  }
}

TEST_CASE("zeros anywhere, of any length, are never a rule for everybody") {
  const auto good = image();
  REQUIRE_FALSE(is_about_everybody(good));
  for (const std::size_t length : {4U, 8U, 16U, 28U, 64U, 512U, 4096U}) {
    for (std::size_t i = 0; i < good.size(); i += 4) {
      auto bad = good;
      std::memset(bad.data() + i, 0, std::min(length, bad.size() - i));
      ask(bad);
      CAPTURE(i, length);
      REQUIRE_FALSE(is_about_everybody(bad));
    }
  }
}

TEST_CASE("where zeros have taken what leads to an entry it is damage, and not an entry less") {
  constexpr unsigned count = 2000;
  const auto network = [](unsigned i) { return Address::v4(0x0a000000U + 977U * i); };
  const auto asn = [](unsigned i) { return "AS" + std::to_string(i); };
  Rules rules;
  for (unsigned i = 1; i <= count; ++i) {
    rules.deny(Field::ip_net, network(i).str() + "/32").deny(Field::asn, asn(i));
  }
  const auto good = compile(rules.book());
  format::Header header{};
  std::memcpy(&header, good.data(), sizeof header);
  const auto& spans = header.owners[format::deny];
  const auto part = GENERATE_COPY(
      std::pair{spans.v4.networks.offset,
                spans.v4.networks.count * sizeof(format::Network<format::Key4>)},
      std::pair{spans.v4.fence.offset, spans.v4.fence.count * sizeof(format::Key4)},
      std::pair{spans.equal.offset, spans.equal.count * sizeof(format::Equal)},
      std::pair{spans.equal_fence.offset, spans.equal_fence.count * sizeof(format::Equal)});
  for (const std::size_t length : {16U, 512U, 4096U}) {
    const auto step = std::max<std::size_t>(1, part.second / 61 / 16) * 16;  // whole records
    for (std::size_t i = 0; i < part.second; i += step) {
      auto bad = good;
      std::memset(bad.data() + part.first + i, 0, std::min(length, part.second - i));
      const auto index = Index::over(bytes_of(bad)).value();
      CAPTURE(part.first, i, length);
      for (unsigned entry = 1; entry <= count; entry += 7) {
        bool found = false;
        try {
          index.networks(Action::deny, network(entry), [&](const Hit&) { return !(found = true); });
          REQUIRE(found);
          found = false;
          index.equal(Field::asn, Action::deny, asn(entry),
                      [&](const Hit&) { return !(found = true); });
          REQUIRE(found);
        } catch (const DamagedIndex&) {
        }
      }
    }
  }
}

TEST_CASE("a record that cannot be is damage") {
  Rules rules;
  rules.deny(Field::ip_net, "10.0.0.0/8").deny(Field::ip_net, "2001:db8::/32");
  rules.deny(Field::rev_host, "[a-z]");
  const auto good = compile(rules.book());
  format::Header header{};
  std::memcpy(&header, good.data(), sizeof header);
  const auto& deny = header.owners[format::deny];
  const auto damage = [&](std::uint64_t offset, std::size_t size, const char* address) {
    auto bad = good;
    std::memset(bad.data() + offset, 0, size);
    const auto index = Index::over(bytes_of(bad)).value();
    const auto any = [](const Hit&) { return true; };
    if (address != nullptr) {
      index.networks(Action::deny, *Address::parse(address), any);
    } else {
      index.candidates(Field::rev_host, Action::deny, {{"a"}}, any);
    }
  };
  using V4 = format::Network<format::Key4>;
  using V6 = format::Network<format::Key6>;
  CHECK_NOTHROW(damage(0, 0, "10.0.0.1"));
  CHECK_THROWS_AS(damage(deny.v4.networks.offset, sizeof(V4), "10.0.0.1"), DamagedIndex);
  CHECK_THROWS_AS(damage(deny.v4.networks.offset + offsetof(V4, line), 4, "10.0.0.1"),
                  DamagedIndex);
  CHECK_THROWS_AS(damage(deny.v6.networks.offset, sizeof(V6), "2001:db8::1"), DamagedIndex);
  CHECK_THROWS_AS(damage(header.entries.offset, sizeof(format::Entry), nullptr), DamagedIndex);
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
  CHECK_THROWS_AS(damage(clauses, 1000), DamagedIndex);
  CHECK_THROWS_AS(damage(clauses + sizeof(std::uint32_t), 1000), DamagedIndex);
  CHECK_THROWS_AS(damage(header.clauses.offset + offsetof(format::Clause, field), 1000),
                  DamagedIndex);
  CHECK_THROWS_AS(damage(header.clauses.offset + offsetof(format::Clause, field), 0), DamagedIndex);
}
