// What is read from a shared cache: anybody may have written it.

#include <functional>
#include <map>
#include <optional>

#include "ask/wire/protocol.hpp"
#include "cache/redis/facts.hpp"
#include "cache/redis/redis.hpp"
#include "cache/redis/shared_cache.hpp"
#include "cache/redis/value.hpp"
#include "catch.hpp"
#include "facts/serialise.hpp"
#include "loopback.hpp"
#include "network/transport/dns.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::cache;
using namespace badclients::test;
using namespace std::chrono_literals;

namespace {

const facts::Time now{1'700'000'000s};
const std::string key = "badclients:1:ptr:192.0.2.1";

std::string value_of(const std::string& rest) {
  return "1\t" + key + "\t" + rest + "\n";
}

std::string wrong_with(const std::string& text) {
  const auto value = decode_shared(key, text, now, 1h);
  return value ? "" : value.error();
}

template <class T>
facts::Fact<T> known(T value, std::chrono::seconds ttl = 1h) {
  return {facts::Knowledge::known,
          facts::Provenance::asked,
          std::move(value),
          "test",
          {},
          now,
          now + ttl};
}

facts::Facts all_about_it() {
  facts::Facts facts;
  facts.reverse_names = known(facts::ReverseNames{{"mail.example", facts::Confirmed::yes}});
  facts.origin =
      known(facts::Origin{{64500}, *net::Network::parse("192.0.2.0/25"), "DE", "ripencc"});
  facts.as_descriptions = {known(facts::AsDescription{64500, "EXAMPLE, DE"})};
  facts.registration = known(facts::Registration{
      "NET", "DE", {"HANDLE"}, std::pair{address("192.0.0.0"), address("192.0.3.255")}});
  facts.dnsbl.push_back(known(facts::DnsblListing{"bl.test", {address("127.0.0.2")}, "spam"}));
  return facts;
}

/// A server's memory.
using Memory = std::map<std::string, std::string>;

Memory memory_of(const std::vector<RedisCommand>& commands) {
  Memory memory;
  for (const auto& command : commands) {
    REQUIRE(command.size() == 5);
    REQUIRE(command[0] == "SET");
    memory[command[1]] = command[2];
  }
  return memory;
}

struct Asked {
  facts::Facts facts;
  std::vector<std::string> complaints;
};

Asked read(const Memory& memory, const SharedFacts& shared, facts::Time when = now) {
  RedisReply reply;
  reply.kind = RedisReply::Kind::list;
  const auto command = shared.command();
  for (auto word = command.begin() + 1; word != command.end(); ++word) {
    const auto found = memory.find(*word);
    reply.list.push_back(found == memory.end()
                             ? RedisReply{}
                             : RedisReply{RedisReply::Kind::text, found->second, 0, {}});
  }
  Asked asked;
  asked.facts = shared.read(reply, when, [&](std::string_view at, std::string_view what) {
    asked.complaints.push_back(std::string(at) + ": " + std::string(what));
  });
  return asked;
}

SharedFacts shared_facts(const ask::Request& request, const config::Config::Cache& settings = {}) {
  return {request.address, request.wanted, request.origin, settings};
}

Asked ask_shared(const Memory& memory, const ask::Request& request,
                 const config::Config::Cache& settings = {}, facts::Time when = now) {
  return read(memory, shared_facts(request, settings), when);
}

ask::Request everything(const char* about = "192.0.2.1") {
  return {address(about), {true, true, true, true, true, {"bl.test"}}, {}, {}};
}

}  // namespace

TEST_CASE("a shared value is read back as it was written") {
  const SharedValue written{now + 600s, "whois.ripe.net", "a\tpayload"};
  const auto text = encode_shared("key\twith\ntrouble", written);
  const auto read = decode_shared("key\twith\ntrouble", text, now, 1h);
  REQUIRE(read);
  CHECK(read->expires == written.expires);
  CHECK(read->source == written.source);
  CHECK(read->payload == written.payload);
  CHECK(decode_shared("key\twith\ntrouble", text, now, 60s)->expires == now + 60s);
  CHECK_FALSE(decode_shared("another key", text, now, 1h));
}

TEST_CASE("a shared value that makes no sense is refused, and says why") {
  CHECK(wrong_with(value_of("1700000100\tdns\tymail.example")).empty());
  CHECK(wrong_with("") == "of no version that is known here");
  CHECK(wrong_with("1") == "ends early");
  CHECK(wrong_with("2\t" + key + "\t1700000100\tdns\tx\n") == "of no version that is known here");
  CHECK(wrong_with("1\tbadclients:1:ptr:192.0.2.2\t1700000100\tdns\tx\n") ==
        "belongs to another key");
  CHECK(wrong_with("1\t" + key + "\t1700000100\tdns\tx") == "ends early");
  for (const auto* time : {"", "x", "-1", "1e9", "99999999999999999999", "1700000100 "}) {
    INFO(time);
    CHECK(wrong_with(value_of(time + std::string("\tdns\tx"))) == "bad time");
  }
  CHECK(wrong_with(value_of("1700000100\td\x1bns\tx")) == "bad source");
  CHECK(wrong_with(value_of("1700000100\t" + std::string(200, 'x') + "\tx")) == "bad source");
  CHECK(wrong_with(value_of("1700000100\tdns\t" + std::string(100'000, 'x'))) == "too long");
}

TEST_CASE("what one host shares another finds, each fact under what it is about") {
  const auto memory = memory_of(share(address("192.0.2.1"), all_about_it(), {}, now));
  CHECK(memory.count("badclients:1:ptr:192.0.2.1") == 1);
  CHECK(memory.count("badclients:1:origin:192.0.2.0/25") == 1);
  CHECK(memory.count("badclients:1:as:64500") == 1);
  CHECK(memory.count("badclients:1:registration:192.0.2.0/24") == 1);
  CHECK(memory.count("badclients:1:dnsbl:192.0.2.1:bl.test") == 1);

  auto request = everything();
  CHECK(ask_shared(memory, request, {}, now + 10min).facts.origin.value ==
        all_about_it().origin.value);
  request.origin = all_about_it().origin.value;
  request.wanted.origin = false;
  const auto asked = ask_shared(memory, request, {}, now + 10min);
  const auto expected = all_about_it();
  CHECK(asked.complaints.empty());
  CHECK(asked.facts.reverse_names.value == expected.reverse_names.value);
  CHECK(asked.facts.as_descriptions.at(0).value == expected.as_descriptions.at(0).value);
  CHECK(asked.facts.registration.value == expected.registration.value);
  CHECK(asked.facts.registration.source == "test (shared)");
  CHECK(asked.facts.registration.expires == now + 1h);
  REQUIRE(asked.facts.dnsbl.size() == 1);
  CHECK(asked.facts.dnsbl[0].value == expected.dnsbl[0].value);
}

TEST_CASE("the descriptions of several origin ASes are shared one by one") {
  auto facts = all_about_it();
  facts.origin.value.asns = {64500, 64501, 64502};
  facts.as_descriptions.push_back(known(facts::AsDescription{64502, "OTHER, DE"}));
  const auto memory = memory_of(share(address("192.0.2.1"), facts, {}, now));
  auto request = everything();
  request.origin = facts.origin.value;
  const auto shared = ask_shared(memory, request).facts.as_descriptions;
  REQUIRE(shared.size() == 2);
  CHECK(shared.at(0).value.text == "EXAMPLE, DE");
  CHECK(shared.at(1).value == facts::AsDescription{64502, "OTHER, DE"});
}

TEST_CASE("a shared answer serves the network that it is about, as far as one block goes") {
  const auto memory = memory_of(share(address("192.0.2.1"), all_about_it(), {}, now));
  const auto again = ask_shared(memory, everything("192.0.2.1")).facts;
  CHECK(again.registration.known());
  CHECK(again.origin.known());
  CHECK_FALSE(again.provisional.registration.known());
  const auto neighbour = ask_shared(memory, everything("192.0.2.99")).facts;
  CHECK(neighbour.origin.known());  // of half the block
  CHECK_FALSE(neighbour.registration.known());
  CHECK(neighbour.provisional.registration.value == all_about_it().registration.value);
  CHECK_FALSE(neighbour.reverse_names.known());
  CHECK(neighbour.dnsbl.empty());
  const auto other_half = ask_shared(memory, everything("192.0.2.200")).facts;
  CHECK(other_half.provisional.registration.known());
  CHECK_FALSE(other_half.origin.known());
  const auto next_block = ask_shared(memory, everything("192.0.3.1")).facts;
  CHECK_FALSE(next_block.registration.known());
  CHECK_FALSE(next_block.provisional.registration.known());
}

TEST_CASE("a shared answer serves all of its range provisionally, if there is no better one") {
  const auto memory = memory_of(share(address("192.0.2.1"), all_about_it(), {}, now));
  const auto of_allocation = [&](const char* about) {
    auto request = everything(about);
    return read(memory, SharedFacts::of_allocation(request.address, request.wanted, {})).facts;
  };
  const auto next_block = of_allocation("192.0.3.1");
  CHECK(next_block.provisional.registration.value == all_about_it().registration.value);
  CHECK_FALSE(next_block.registration.known());
  CHECK_FALSE(next_block.provisional.origin.known());  // of half a block
  CHECK_FALSE(next_block.reverse_names.known());
  CHECK_FALSE(of_allocation("192.0.4.1").provisional.registration.known());
  auto nothing = everything("192.0.3.1");
  nothing.wanted.registration = nothing.wanted.origin = false;
  CHECK_FALSE(SharedFacts::of_allocation(nothing.address, nothing.wanted, {}).any());
}

TEST_CASE("a shared answer for a narrower network counts, be it a provisional one") {
  Memory memory;
  const auto put = [&](const std::string& at, const char* name, const char* first,
                       const char* last) {
    memory[at] = encode_shared(at, {now + 1h, "test",
                                    facts::encode(facts::Registration{
                                        name, "", {}, std::pair{address(first), address(last)}})});
  };
  put("badclients:1:registration:192.0.2.240/28", "ACROSS", "192.0.2.240", "192.0.3.15");
  put("badclients:1:registration:192.0.2.0/24", "BLOCK", "192.0.2.0", "192.0.2.255");
  const auto facts = ask_shared(memory, everything("192.0.2.241")).facts;
  CHECK_FALSE(facts.registration.known());
  CHECK(facts.provisional.registration.value.name == "ACROSS");
  CHECK(ask_shared(memory, everything("192.0.2.1")).facts.registration.value.name == "BLOCK");
}

TEST_CASE("an answer is only shared where it is about the address that was asked for") {
  facts::Facts facts;
  facts.registration = known(facts::Registration{
      "OTHER", "", {}, std::pair{address("198.51.100.0"), address("198.51.100.255")}});
  CHECK(share(address("192.0.2.1"), facts, {}, now).empty());
  facts.registration.value.range.reset();
  const auto memory = memory_of(share(address("192.0.2.1"), facts, {}, now));
  CHECK(memory.count("badclients:1:registration:192.0.2.1/32") == 1);
}

TEST_CASE("failures and what was never asked are not shared") {
  facts::Facts facts;
  facts.registration = known(facts::Registration{});
  facts.registration.knowledge = facts::Knowledge::failed;
  CHECK(share(address("192.0.2.1"), facts, {}, now).empty());
}

TEST_CASE("an expired shared answer is as good as none") {
  const auto memory = memory_of(share(address("192.0.2.1"), all_about_it(), {}, now));
  const auto late = ask_shared(memory, everything(), {}, now + 1h);
  CHECK(late.complaints.empty());
  CHECK_FALSE(late.facts.registration.known());
  CHECK_FALSE(late.facts.reverse_names.known());
}

TEST_CASE("a shared answer that belongs elsewhere is refused, whatever its key says") {
  auto request = everything();
  request.origin = facts::Origin{{64501}, {}, "", ""};
  request.wanted.origin = false;
  const auto put = [&](const std::string& at, const auto& value) {
    return Memory{{at, encode_shared(at, {now + 1h, "test", facts::encode(value)})}};
  };
  const auto elsewhere = std::pair{address("198.51.100.0"), address("198.51.100.255")};
  const auto other = ask_shared(
      put("badclients:1:registration:192.0.2.0/24", facts::Registration{"X", "", {}, elsewhere}),
      request);
  CHECK_FALSE(other.facts.registration.known());
  CHECK(other.complaints ==
        std::vector<std::string>{"badclients:1:registration:192.0.2.0/24: about another network"});
  // The narrower network of a sibling, under the wider key.
  const auto half = std::pair{address("192.0.2.128"), address("192.0.2.255")};
  CHECK_FALSE(ask_shared(put("badclients:1:registration:192.0.2.0/24",
                             facts::Registration{"X", "", {}, half}),
                         request)
                  .facts.registration.known());
  // One that does not say what it is about, for a whole block.
  CHECK_FALSE(ask_shared(put("badclients:1:origin:192.0.2.0/24", facts::Origin{{1}, {}, "", ""}),
                         everything())
                  .facts.origin.known());
  CHECK(ask_shared(put("badclients:1:as:64501", facts::AsDescription{1, "X"}), request)
            .facts.as_descriptions.empty());
  CHECK(ask_shared(
            put("badclients:1:dnsbl:192.0.2.1:bl.test", facts::DnsblListing{"other.test", {}, ""}),
            request)
            .facts.dnsbl.empty());
}

TEST_CASE("shared names that nobody confirmed do not do where confirmation is wanted") {
  facts::Facts facts;
  facts.reverse_names = known(facts::ReverseNames{{"a.example", facts::Confirmed::not_asked}});
  const auto memory = memory_of(share(address("192.0.2.1"), facts, {}, now));
  auto request = everything();
  CHECK_FALSE(ask_shared(memory, request).facts.reverse_names.known());
  request.wanted.confirmed_names = false;
  CHECK(ask_shared(memory, request).facts.reverse_names.known());
}

TEST_CASE("a reply to another question than that for shared facts is no answer") {
  const auto shared = shared_facts(everything());
  for (auto reply : {RedisReply{}, RedisReply{RedisReply::Kind::list, "", 0, {RedisReply{}}},
                     RedisReply{RedisReply::Kind::number, "", 7, {}}}) {
    unsigned complaints = 0;
    const auto facts =
        shared.read(reply, now, [&](std::string_view, std::string_view) { ++complaints; });
    CHECK(complaints == 1);
    CHECK_FALSE(facts.registration.known());
  }
}

TEST_CASE("replies of Redis are read in pieces of any size") {
  const std::string all = "+OK\r\n:-5\r\n$-1\r\n*2\r\n$1\r\nx\r\n*1\r\n:1\r\n-ERR no\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, all.size()}) {
    RedisReplies reader;
    std::vector<RedisReply> replies;
    for (std::size_t at = 0; at < all.size(); at += size) {
      reader.feed(std::string_view(all).substr(at, size));
      for (;;) {
        auto reply = reader.next();
        REQUIRE(reply);
        if (!*reply) break;
        replies.push_back(std::move(**reply));
      }
    }
    REQUIRE(replies.size() == 5);
    CHECK(replies[0].kind == RedisReply::Kind::status);
    CHECK(replies[1].number == -5);
    CHECK(replies[2].kind == RedisReply::Kind::nil);
    REQUIRE(replies[3].list.size() == 2);
    CHECK(replies[3].list[0].text == "x");
    REQUIRE(replies[3].list[1].list.size() == 1);
    CHECK(replies[3].list[1].list[0].number == 1);
    CHECK(replies[4].kind == RedisReply::Kind::error);
    CHECK(replies[4].text == "ERR no");
  }
}

TEST_CASE("what is no reply of Redis is an error, and takes no memory") {
  for (const auto* bytes :
       {"HTTP/1.1 200 OK\r\n", "*1000000000\r\n", "*1025\r\n", "*-2\r\n", "$-2\r\n", ":x\r\n",
        ",1.5\r\n", "#t\r\n", "%1\r\n+a\r\n+b\r\n", ">1\r\n+a\r\n", "*2\r\n#t\r\n#f\r\n"}) {
    INFO(bytes);
    RedisReplies reader;
    reader.feed(bytes);
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("lists within lists are read down to a bound, and are an error below it") {
  const auto nested = [](std::size_t depth) {
    std::string bytes;
    for (std::size_t i = 0; i < depth; ++i) bytes += "*1\r\n";
    return bytes;
  };
  RedisReplies deep;
  deep.feed(nested(RedisReplies::deepest_list) + ":1\r\n");
  const auto reply = deep.next();
  REQUIRE(reply);
  CHECK(reply->has_value());
  // The error comes with the list that is too deep, not when all of it is there.
  RedisReplies deeper;
  deeper.feed(nested(RedisReplies::deepest_list + 1));
  CHECK_FALSE(deeper.next());
}

namespace {

/// Each conversation as often as it is asked for, and what was complained of.
struct Line {
  explicit Line(const Server& server, std::chrono::milliseconds how_long = 30s)
      : place("redis://" + server.str()), patience(how_long) {}
  bool ping() { return line().converse({{"PING"}}, plenty()).has_value(); }
  SharedCache& line() {
    if (!line_) {
      line_.emplace(place, patience, std::bind_front(&network::Resolver::addresses, &resolver),
                    [this](const auto& what) { complaints.push_back(what); });
    }
    return *line_;
  }

  std::string place;
  std::chrono::milliseconds patience;
  network::Resolver resolver{{nobody()}};
  std::vector<std::string> complaints;

 private:
  std::optional<SharedCache> line_;
};

}  // namespace

TEST_CASE("a shared cache that has failed once is left alone, and named once") {
  const TcpServer server([](const base::Descriptor& connection) { wait_for_close(connection); });
  Line silent(server.server(), 50ms);
  CHECK_FALSE(silent.ping());
  CHECK_FALSE(silent.line().alive());
  CHECK_FALSE(silent.ping());
  silent.line().complain_of("key", "nonsense");
  CHECK(silent.complaints.size() == 1);

  Line absent(nobody());
  CHECK_FALSE(absent.ping());
  REQUIRE(absent.complaints.size() == 1);
  CHECK_THAT(absent.complaints[0], ContainsSubstring("connection refused"));
}

TEST_CASE("a shared cache is greeted once, and one that says no is none") {
  unsigned greetings = 0;
  const TcpServer server([&](const base::Descriptor& connection) {
    for (;;) {
      const auto line = read_line(connection);
      if (line.empty()) return;
      if (line.find("SELECT") != std::string::npos) {
        ++greetings;
        (void)send_all(connection, "+OK\r\n", plenty());
      }
      if (line.find("PING") != std::string::npos) {
        (void)send_all(connection, "+PONG\r\n", plenty());
      }
      if (line.find("WRITE") != std::string::npos) {
        (void)send_all(connection, "-READONLY no\r\n", plenty());
      }
    }
  });
  Line line(server.server());
  CHECK(line.ping());
  CHECK(line.ping());
  CHECK(greetings == 1);
  CHECK_FALSE(line.line().converse({{"WRITE"}}, plenty()));
  CHECK_FALSE(line.line().alive());
  REQUIRE(line.complaints.size() == 1);
  CHECK_THAT(line.complaints[0], ContainsSubstring("says: READONLY no"));
}

TEST_CASE("without a shared cache in the configuration there is none, and no complaint") {
  std::vector<std::string> complaints;
  SharedCache line("", 50ms, {}, [&](const auto& what) { complaints.push_back(what); });
  line.connect_early();
  CHECK_FALSE(line.alive());
  CHECK(line.descriptor() == -1);
  CHECK_FALSE(line.converse({{"PING"}}, plenty()));
  CHECK(complaints.empty());
}
