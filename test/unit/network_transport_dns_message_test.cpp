#include "network/transport/dns_message.hpp"

#include "catch.hpp"

using namespace badclients::net;
using namespace badclients::network;
using namespace std::string_literals;

namespace {

Question question() {
  return {Name::parse("a.test").value(), Type::ptr};
}

std::span<const std::uint8_t> octets(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const auto name = "\1a\4test\0"s;
const auto asked = name + "\0\x0c\0\1"s;

/// A message with id 0x1234, the flags given, one question and the records given.
std::string message(const std::string& flags, const std::string& answers, char count,
                    const std::string& authority = "", char authority_count = 0) {
  return "\x12\x34"s + flags + "\0\1\0"s + count + "\0"s + authority_count + "\0\0"s + asked +
         answers + authority;
}

const auto fine = "\x81\x80"s;      // an answer, recursion desired and available
const auto nxdomain = "\x81\x83"s;  // the same, there is no such name
const auto no_recursion = "\x81\0"s;

/// A record of the question's name (compressed) with TTL 300.
std::string record(char type, const std::string& data, const std::string& owner = "\xc0\x0c"s) {
  return owner + "\0"s + type + "\0\1\0\0\1\x2c\0"s + static_cast<char>(data.size()) + data;
}
const auto soa = record('\6', "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x3c"s, "\xc0\x0e"s);

std::string trouble(const std::string& bytes) {
  const auto answer = read_answer(octets(bytes), question());
  return answer ? "none" : answer.error();
}

}  // namespace

TEST_CASE("a query asks for recursion and offers to take 1232 octets") {
  const auto query = write_query(question(), 0x1234);
  CHECK(query == "\x12\x34\1\0\0\1\0\0\0\0\0\1"s + asked + "\0\0\x29\x04\xd0\0\0\0\0\0\0"s);
}

TEST_CASE("only an answer with our id to our question matches") {
  const auto good = message(fine, record('\x0c', name), 1);
  CHECK(match(octets(good), question(), 0x1234) == Match::ours);
  CHECK(match(octets(good), question(), 0x1235) == Match::other);
  CHECK(match(octets(good), {Name::parse("b.test").value(), Type::ptr}, 0x1234) == Match::other);
  CHECK(match(octets(good), {Name::parse("a.test").value(), Type::a}, 0x1234) == Match::other);
  CHECK(match(octets(message("\1\0"s, "", 0)), question(), 0x1234) == Match::other);      // a query
  CHECK(match(octets(message("\xa9\x80"s, "", 0)), question(), 0x1234) == Match::other);  // NOTIFY
  for (std::size_t size = 0; size < 12 + asked.size(); ++size) {
    CHECK(match(octets(good).first(size), question(), 0x1234) == Match::other);
  }
}

TEST_CASE("a truncated answer is seen as one") {
  CHECK(match(octets(message("\x83\x80"s, "", 0)), question(), 0x1234) == Match::truncated);
}

TEST_CASE("a refusal counts even when it leaves out the question") {
  CHECK(match(octets("\x12\x34\x81\x81\0\0\0\0\0\0\0\0"s), question(), 0x1234) == Match::ours);
  CHECK(match(octets("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"s), question(), 0x1234) == Match::other);
}

TEST_CASE("records come with the lowest TTL on the way to them") {
  const auto answer = read_answer(octets(message(fine, record('\x0c', name), 1)), question());
  REQUIRE(answer);
  CHECK(answer->records == std::vector{name});
  CHECK(answer->ttl == std::chrono::seconds(300));

  const auto chain =
      record('\5', "\1b\xc0\x0c"s) + "\1b\xc0\x0c\0\x0c\0\1\0\0\0\x0a\0\7"s + name;  // TTL 10
  const auto followed = read_answer(octets(message(fine, chain, 2)), question());
  REQUIRE(followed);
  CHECK(followed->records == std::vector{name});
  CHECK(followed->ttl == std::chrono::seconds(10));
}

TEST_CASE("records of other names, types and sizes are no answer") {
  const auto other_name = record('\x0c', name, "\1b\4test\0"s);
  const auto other_type = record('\1', "\x7f\0\0\1"s);
  const auto answer = read_answer(octets(message(fine, other_name + other_type, 2)), question());
  REQUIRE(answer);
  CHECK(answer->records.empty());
}

TEST_CASE("no such name and no such record are answers that hold as long as the SOA says") {
  for (const auto& flags : {fine, nxdomain}) {
    const auto answer = read_answer(octets(message(flags, "", 0, soa, 1)), question());
    REQUIRE(answer);
    CHECK(answer->records.empty());
    CHECK(answer->ttl == std::chrono::seconds(60));
    CHECK_FALSE(answer->ask_instead);
  }
  const auto without_soa = read_answer(octets(message(nxdomain, "", 0)), question());
  REQUIRE(without_soa);
  CHECK_FALSE(without_soa->ttl);
}

TEST_CASE("an answer that ends at a CNAME says where to ask on") {
  const auto answer =
      read_answer(octets(message(fine, record('\5', "\1b\4test\0"s), 1)), question());
  REQUIRE(answer);
  REQUIRE(answer->ask_instead);
  CHECK(answer->ask_instead->str() == "b.test");
}

TEST_CASE("a server that fails says how") {
  CHECK(trouble(message("\x81\x82"s, "", 0)) == "SERVFAIL");
  CHECK(trouble(message("\x81\x85"s, "", 0)) == "REFUSED");
  CHECK_THAT(trouble(message(no_recursion, "", 0, record('\2', name, "\xc0\x0e"s), 1)),
             ContainsSubstring("lame"));
  CHECK_THAT(trouble(message(fine, record('\5', name), 1)), ContainsSubstring("circle"));
}

TEST_CASE("an answer that is cut off anywhere is malformed, never read beyond its end") {
  const auto whole = message(fine, record('\5', "\1b\xc0\x0c"s) + record('\x0c', name), 2, soa, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string part(whole, 0, size);
    CHECK_THAT(trouble(part), ContainsSubstring("malformed"));
  }
  // Compression pointers that lead to themselves or beyond the message.
  CHECK_THAT(trouble(message(fine, record('\x0c', "\xc0\x24"s), 1)),
             ContainsSubstring("malformed"));
  CHECK_THAT(trouble(message(fine, record('\x0c', "\xff\xff"s), 1)),
             ContainsSubstring("malformed"));
}
