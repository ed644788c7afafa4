#include "ask/wire/protocol.hpp"

#include "catch.hpp"
#include "facts/serialise.hpp"

using namespace badclients;
using namespace badclients::ask;
using namespace std::chrono_literals;

namespace {

const facts::Time now{1'700'000'000s};

Request full_request() {
  Request request;
  request.address = *net::Address::parse("52.97.246.245");
  request.wanted = {true, true, true, true, true, {"zen.example", "list.example"}};
  request.deadline = base::Deadline{81234567890123ns};
  request.origin = facts::Origin{{8075}, *net::Network::parse("52.96.0.0/14"), "US", "arin"};
  request.own.origin = request.own.registration = true;
  request.described = {8075, 8068};
  request.silent = {{"dns"}, {"whois lacnic"}};
  request.permits = true;
  request.purpose = {false, {*net::Network::parse("52.96.0.0/14")}};
  return request;
}

std::string request_error(std::string_view text) {
  const auto request = decode_request(text);
  return request ? "no error" : request.error();
}

std::string answer_error(std::string_view line) {
  facts::Facts facts;
  const auto read = decode_answer(line, now, facts);
  return read ? "no error" : read.error();
}

/// The line that the helper would print, without its LF.
std::string line(std::string_view kind, bool known, std::string_view payload) {
  const auto result = known ? Result::known : Result::failed;
  auto text = encode_answer(kind, result, 1h, "whois.example", payload);
  REQUIRE(text.back() == '\n');
  text.pop_back();
  return text;
}

void read_into(facts::Facts& facts, std::string_view text) {
  const auto read = decode_answer(text, now, facts);
  INFO((read ? "" : read.error()));
  REQUIRE(read);
}

}  // namespace

TEST_CASE("a request comes over as it was") {
  const auto request = full_request();
  const auto read = decode_request(encode(request));
  REQUIRE(read);
  CHECK(read->address == request.address);
  CHECK(read->deadline == request.deadline);
  CHECK(read->origin == request.origin);
  CHECK(read->wanted.reverse_names);
  CHECK(read->wanted.confirmed_names);
  CHECK(read->wanted.origin);
  CHECK(read->wanted.as_description);
  CHECK(read->wanted.registration);
  CHECK(read->wanted.dnsbl_zones == request.wanted.dnsbl_zones);
  CHECK(read->own.origin);
  CHECK(read->own.registration);
  CHECK(read->described == request.described);
  CHECK(read->silent == request.silent);
  CHECK(read->permits);
  CHECK_FALSE(read->purpose.proven);
  CHECK(read->purpose.allocations == request.purpose.allocations);

  const auto smallest = decode_request(encode(Request{}));
  REQUIRE(smallest);
  CHECK_FALSE(smallest->wanted.any());
  CHECK_FALSE(smallest->origin);
  CHECK_FALSE(smallest->own.any());
  CHECK(smallest->described.empty());
  CHECK_FALSE(smallest->permits);
  CHECK(smallest->purpose.proven);
  CHECK(smallest->purpose.allocations.empty());
}

TEST_CASE("a strange zone name cannot add a line to a request") {
  Request request;
  request.wanted.dnsbl_zones = {"zone\nwant origin", "a b"};
  const auto read = decode_request(encode(request));
  REQUIRE(read);
  CHECK_FALSE(read->wanted.origin);
  CHECK(read->wanted.dnsbl_zones == request.wanted.dnsbl_zones);
}

TEST_CASE("a request that was cut off is not mistaken for a smaller one") {
  const auto text = encode(full_request());
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    CHECK_FALSE(decode_request(text.substr(0, length)));
  }
}

TEST_CASE("who wants names confirmed wants the names") {
  const auto read = decode_request("address 192.0.2.1\ndeadline 1\nwant confirmed\nend\n");
  REQUIRE(read);
  CHECK(read->wanted.reverse_names);
  CHECK(read->wanted.confirmed_names);
}

TEST_CASE("a bad request is refused with a reason") {
  CHECK(request_error("") == "request ends early");
  CHECK(request_error("end\n") == "no address");
  CHECK(request_error("address 192.0.2.1\nend\n") == "no deadline");
  CHECK(request_error("address 192.0.2.256\n") == "line 1: bad address");
  CHECK(request_error("address 192.0.2.1\ndeadline soon\n") == "line 2: bad deadline");
  CHECK(request_error("deadline 99999999999999999999\n") == "line 1: bad deadline");
  CHECK(request_error("want money\n") == "line 1: unknown fact");
  CHECK(request_error("want ptr origin\n") == "line 1: unknown fact");
  CHECK(request_error("want dnsbl\n") == "line 1: bad zone");
  CHECK(request_error("origin x\n") == "line 1: too few fields");
  CHECK(request_error("own ptr\n") == "line 1: unknown item");
  CHECK(request_error("described AS1\n") == "line 1: bad AS number");
  CHECK(request_error("silent whois.example:43\n") == "line 1: bad source");
  CHECK(request_error("allocation here\n") == "line 1: bad allocation");
  CHECK(request_error("hello\n") == "line 1: unknown item");
  CHECK(request_error("end\nend\n") == "more after the end");
  CHECK(request_error(std::string(longest_request + 1, 'x')) == "request too long");
  Request request;
  request.wanted.dnsbl_zones.assign(most_zones + 1, "zone");
  CHECK(request_error(encode(request)) == "line 259: too many zones");
}

TEST_CASE("an answer of each kind fills in its fact") {
  facts::Facts facts;
  const facts::ReverseNames names{{"mail.example", facts::Confirmed::yes}};
  const facts::Origin origin{{8075}, *net::Network::parse("52.96.0.0/14"), "US", "arin"};
  const facts::AsDescription description{8075, "MICROSOFT-CORP-MSN-AS-BLOCK, US"};
  const facts::Registration registration{"MSFT", "US", {"MAC74-ARIN"}, std::nullopt};
  read_into(facts, line("ptr", true, encode(names)));
  read_into(facts, line("origin", true, encode(origin)));
  read_into(facts, line("as", true, encode(description)));
  read_into(facts, line("registration", true, encode(registration)));

  REQUIRE(facts.reverse_names.known());
  CHECK(facts.reverse_names.value == names);
  REQUIRE(facts.origin.known());
  CHECK(facts.origin.value == origin);
  CHECK(facts.origin.from == facts::Provenance::asked);
  CHECK(facts.origin.source == "whois.example");
  CHECK(facts.origin.learnt == now);
  CHECK(facts.origin.expires == now + 1h);
  REQUIRE(facts.as_descriptions.at(0).known());
  CHECK(facts.as_descriptions.at(0).value == description);
  REQUIRE(facts.registration.known());
  CHECK(facts.registration.value == registration);
}

TEST_CASE("a failure fills in its trouble, whatever bytes the trouble has") {
  facts::Facts facts;
  read_into(facts, line("registration", false, "whois.example:43: \"too\tmuch\"\n"));
  CHECK(facts.registration.failed());
  CHECK(facts.registration.trouble == "whois.example:43: \"too?much\"?");
  CHECK(facts.registration.source == "whois.example");
  CHECK(facts.registration.expires == now + 1h);

  read_into(facts, line("ptr", false, std::string(5000, '\t')));
  CHECK(facts.reverse_names.trouble == std::string(longest_trouble, '?'));
}

TEST_CASE("each DNSBL zone has its own answer, the last one counts") {
  facts::Facts facts;
  const facts::DnsblListing listed{"a.example", {*net::Address::parse("127.0.0.2")}, "spam"};
  read_into(facts, line("dnsbl", false, encode(facts::DnsblListing{"a.example", {}, "SERVFAIL"})));
  read_into(facts, line("dnsbl", false, encode(facts::DnsblListing{"b.example", {}, "timeout"})));
  read_into(facts, line("dnsbl", true, encode(listed)));
  REQUIRE(facts.dnsbl.size() == 2);
  CHECK(facts.dnsbl[0].known());
  CHECK(facts.dnsbl[0].value == listed);
  CHECK(facts.dnsbl[0].trouble.empty());
  CHECK(facts.dnsbl[1].failed());
  CHECK(facts.dnsbl[1].value.zone == "b.example");
  CHECK(facts.dnsbl[1].value.reason.empty());
  CHECK(facts.dnsbl[1].trouble == "timeout");

  for (std::size_t i = 2; i < most_zones; ++i) {
    read_into(facts, line("dnsbl", true, encode(facts::DnsblListing{std::to_string(i), {}, ""})));
  }
  const auto read = decode_answer(line("dnsbl", true, "onemore\t"), now, facts);
  REQUIRE_FALSE(read);
  CHECK(read.error() == "too many of this kind");
  CHECK(facts.dnsbl.size() == most_zones);
}

TEST_CASE("each AS has its own description, the last one counts") {
  facts::Facts facts;
  read_into(facts, line("as", true, "1\tone"));
  read_into(facts, line("as", false, "2\ttimeout"));
  read_into(facts, line("as", true, "1\tuno"));
  REQUIRE(facts.as_descriptions.size() == 2);
  CHECK(facts.as_descriptions.at(0).value == facts::AsDescription{1, "uno"});
  CHECK(facts.as_descriptions.at(1).failed());
  CHECK(facts.as_descriptions.at(1).value == facts::AsDescription{2, ""});
  CHECK(facts.as_descriptions.at(1).trouble == "timeout");

  for (const auto* more : {"3\tthree", "4\tfour"}) read_into(facts, line("as", true, more));
  CHECK(decode_answer(line("as", true, "5\tfive"), now, facts).error() == "too many of this kind");
}

TEST_CASE("a failure does not take away what is known") {
  facts::Facts facts;
  read_into(facts, line("ptr", true, "ymail.example"));
  read_into(facts, line("ptr", false, "no answer"));
  CHECK(facts.reverse_names.known());
  read_into(facts, line("as", true, "1\tone"));
  read_into(facts, line("as", false, "1\tno answer"));
  CHECK(facts.as_descriptions.at(0).known());
  read_into(facts, line("dnsbl", true, "zone\t"));
  read_into(facts, line("dnsbl", false, "zone\ttimeout"));
  CHECK(facts.dnsbl.at(0).known());
}

TEST_CASE("an answer may be provisional, and a failure may be that there was no permit") {
  const auto say = [](std::string_view kind, Result result, std::string_view payload) {
    auto text = encode_answer(kind, result, 1h, "whois.example", payload);
    text.pop_back();
    return text;
  };
  const facts::Origin origin{{8075}, *net::Network::parse("52.96.0.0/14"), "US", "arin"};
  const facts::Registration registration{"MSFT", "US", {}, {}};
  facts::Facts facts;
  read_into(facts, say("origin", Result::provisional, facts::encode(origin)));
  read_into(facts, say("registration", Result::provisional, facts::encode(registration)));
  CHECK(facts.provisional.origin.value == origin);
  CHECK(facts.provisional.registration.value == registration);
  CHECK(facts.origin.knowledge == facts::Knowledge::not_asked);
  read_into(facts, say("origin", Result::unasked, "no permit"));
  read_into(facts, say("registration", Result::failed, "no answer"));
  CHECK(facts.origin.failed());
  CHECK(facts.origin.cause == facts::Cause::budget);
  CHECK(facts.registration.cause == facts::Cause::question);
  CHECK(facts.provisional.origin.known());
  // Nothing else belongs to a neighbour.
  for (const auto* kind : {"ptr", "as", "dnsbl"}) {
    CHECK(answer_error(say(kind, Result::provisional, "1\tx")) == "cannot be provisional");
  }
  CHECK(answer_error("origin\tperhaps\t1\tdns\tx") == "neither known nor failed");
}

TEST_CASE("a TTL is never longer than 30 days nor negative") {
  facts::Facts facts;
  read_into(facts, "as\tknown\t4294967295\tdns\t1\tx");
  CHECK(facts.as_descriptions.at(0).expires == now + 30 * 24h);
  read_into(facts, "as\tknown\t0\tdns\t1\tx");
  CHECK(facts.as_descriptions.at(0).expires == now);
  CHECK(answer_error("as\tknown\t4294967296\tdns\t1\tx") == "bad TTL");
  CHECK(answer_error("as\tknown\t-1\tdns\t1\tx") == "bad TTL");
  CHECK(answer_error("as\tknown\t\tdns\t1\tx") == "bad TTL");
  CHECK(encode_answer("as", Result::known, -5s, "dns", "1\tx") == "as\tknown\t0\tdns\t1\tx\n");
}

TEST_CASE("a bad answer is refused with a reason and changes nothing") {
  CHECK(answer_error("") == "too few fields");
  CHECK(answer_error("as\tknown\t60\tdns") == "too few fields");
  CHECK(answer_error("as\tmaybe\t60\tdns\t1\tx") == "neither known nor failed");
  CHECK(answer_error("asn\tknown\t60\tdns\t1\tx") == "unknown kind");
  CHECK(answer_error("as\tknown\t60\td\x1bns\t1\tx") == "bad source");
  CHECK(answer_error("as\tknown\t60\t" + std::string(longest_source + 1, 'x') + "\t1\tx") ==
        "bad source");
  CHECK(answer_error("ptr\tfailed\t60\tdns\ta\tb") == "control byte in a field");
  CHECK(answer_error("dnsbl\tfailed\t60\tdns\ttimeout") == "too few fields");
  CHECK(answer_error("as\tfailed\t60\tdns\ttimeout") == "too few fields");
  CHECK(answer_error(std::string(1024 * 1024, 'x')) == "line too long");

  facts::Facts facts;
  read_into(facts, line("as", true, "1\tone"));
  CHECK_FALSE(decode_answer("as\tknown\t60\tdns\tx\tx", now, facts));
  CHECK(facts.as_descriptions.at(0).value == facts::AsDescription{1, "one"});
}
