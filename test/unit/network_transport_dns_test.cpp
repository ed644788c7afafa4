#include "network/transport/dns.hpp"

#include <atomic>

#include "catch.hpp"
#include "loopback.hpp"

using namespace badclients;
using namespace badclients::net;
using namespace badclients::network;
using namespace badclients::test;
using namespace std::string_literals;
using badclients::config::Config;
using badclients::net::Family;

namespace {

Name name(const std::string& text) {
  return Name::parse(text).value();
}

std::vector<std::string> names(const tl::expected<Answer, std::string>& answer) {
  if (!answer) return {"error: " + answer.error()};
  std::vector<std::string> texts;
  for (const auto& wire : answer->records) {
    texts.push_back(
        Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()})->str());
  }
  return texts;
}

std::vector<std::string> one(const std::string& text) {
  return {text};
}

/// The datagram as an answer with the flags given, and the records given in its answer section.
std::string answer_to(const std::string& query, const std::string& flags,
                      const std::string& records = "", char count = 0) {
  auto answer = query.substr(0, query.size() - 11);  // without the EDNS record
  answer.replace(2, 2, flags);
  answer.replace(6, 6, "\0"s + count + "\0\0\0\0"s);
  return answer + records;
}

const auto fine = "\x81\x80"s, servfail = "\x81\x82"s, refused = "\x81\x85"s,
           truncated = "\x83\x80"s;
/// PTR records of the question's name.
const auto good_record = "\xc0\x0c\0\x0c\0\1\0\0\1\x2c\0\6\4good\0"s;
const auto evil_record = "\xc0\x0c\0\x0c\0\1\0\0\1\x2c\0\6\4evil\0"s;

UdpServer always(const std::string& flags) {
  return UdpServer([flags](const auto& query) { return std::vector{answer_to(query, flags)}; });
}

}  // namespace

TEST_CASE("a resolver gets names, texts and addresses from a nameserver") {
  if (!Nsd::available()) {
    WARN("skipped: no NSD here");
    return;
  }
  const Nsd nsd(
      Nsd::Zones{{"2.0.192.in-addr.arpa",
                  "1 PTR mail.example.test.\n1 PTR www.example.test.\n"
                  "3 CNAME 3.0/25.2.0.192.in-addr.arpa.\n3.0/25 PTR classless.example.test.\n"
                  "4 CNAME far.example.test.\n5 CNAME 6\n6 CNAME 5\n7 60 PTR short.test.\n"},
                 {"example.test",
                  "mail A 192.0.2.1\nmail A 192.0.2.2\nmail AAAA 2001:db8::1\n"
                  "far PTR elsewhere.test.\ntext TXT \"one \" \"two\"\n"}});
  const Resolver resolver({nsd.server()});
  const auto ptr = [&](const char* which) {
    return resolver.ask(name(which + ".2.0.192.in-addr.arpa"s), Type::ptr, plenty());
  };

  auto all = names(ptr("1"));
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector{"mail.example.test"s, "www.example.test"s});
  CHECK(ptr("1")->ttl == std::chrono::seconds(300));
  CHECK(ptr("7")->ttl == std::chrono::seconds(60));

  const auto none = ptr("2");
  REQUIRE(none);
  CHECK(none->records.empty());
  CHECK(none->ttl == std::chrono::seconds(60));

  CHECK(names(ptr("3")) == one("classless.example.test"));  // RFC 2317
  CHECK(names(ptr("4")) == one("elsewhere.test"));          // a CNAME into another zone
  CHECK_FALSE(ptr("5"));                                    // a circle

  const auto text = resolver.ask(name("text.example.test"), Type::txt, plenty());
  REQUIRE(text);
  CHECK(text->records == one("one two"));

  CHECK(resolver.addresses("mail.example.test", Family::v4, plenty())->size() == 2);
  CHECK(resolver.addresses("mail.example.test", Family::v6, plenty()) ==
        std::vector{address("2001:db8::1")});
  CHECK(resolver.addresses("nobody.example.test", Family::v4, plenty())->empty());
}

TEST_CASE("a zone that the server does not have is a failure that names question and server") {
  if (!Nsd::available()) {
    WARN("skipped: no NSD here");
    return;
  }
  const Nsd nsd(Nsd::Zones{{"example.test", ""}});
  const auto answer = Resolver({nsd.server()}).ask(name("elsewhere.org"), Type::a, plenty());
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == "A elsewhere.org: " + nsd.server().str() + ": REFUSED");
}

TEST_CASE("an answer too large for UDP comes over TCP") {
  if (!Nsd::available()) {
    WARN("skipped: no NSD here");
    return;
  }
  std::string records;
  for (int i = 0; i < 60; ++i) {
    records += "many PTR a-long-name-to-fill-the-answer-" + std::to_string(i) + ".example.test.\n";
  }
  const Nsd nsd(Nsd::Zones{{"example.test", records}});
  const auto answer = Resolver({nsd.server()}).ask(name("many.example.test"), Type::ptr, plenty());
  CHECK(names(answer).size() == 60);
}

TEST_CASE("an address literal needs no nameserver") {
  const Resolver resolver({nobody()});
  CHECK(resolver.addresses("192.0.2.1", Family::v4, plenty()) == std::vector{address("192.0.2.1")});
  CHECK(resolver.addresses("192.0.2.1", Family::v6, plenty())->empty());
  CHECK(resolver.addresses("2001:db8::1", Family::v6, plenty()) ==
        std::vector{address("2001:db8::1")});
  CHECK_FALSE(resolver.addresses("no..host", Family::v4, plenty()));
}

TEST_CASE("a server that fails, refuses, is lame or is not there gives way to the next") {
  const UdpServer good(
      [](const auto& query) { return std::vector{answer_to(query, fine, good_record, 1)}; });
  const auto fails = always(servfail), refuses = always(refused), lame = always("\x81\0"s),
             confused = always("\x81\x81"s);
  for (const auto& bad :
       {fails.server(), refuses.server(), lame.server(), confused.server(), nobody()}) {
    CHECK(names(Resolver({bad, good.server()}).ask(name("a.test"), Type::ptr, plenty())) ==
          one("good"));
  }
  const auto answer =
      Resolver({fails.server(), refuses.server()}).ask(name("a.test"), Type::ptr, plenty());
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == "PTR a.test: " + fails.server().str() + ": SERVFAIL; " +
                              refuses.server().str() + ": REFUSED");
}

TEST_CASE("a silent server gives way to the next, and a lost question is asked again") {
  const UdpServer silent([](const auto&) { return std::vector<std::string>(); });
  std::atomic<int> asked = 0;
  const UdpServer forgetful([&](const auto& query) {
    return ++asked == 1 ? std::vector<std::string>()
                        : std::vector{answer_to(query, fine, good_record, 1)};
  });
  CHECK(names(Resolver({silent.server(), forgetful.server()})
                  .ask(name("a.test"), Type::ptr, plenty())) == one("good"));
  CHECK(asked == 2);
}

TEST_CASE("a late answer still counts after the next server was asked") {
  std::atomic<bool> second_asked = false;
  const UdpServer second([&](const auto&) {
    second_asked = true;
    second_asked.notify_all();
    return std::vector<std::string>();
  });
  const UdpServer late([&](const auto& query) {
    second_asked.wait(false);
    return std::vector{answer_to(query, fine, good_record, 1)};
  });
  CHECK(
      names(Resolver({late.server(), second.server()}).ask(name("a.test"), Type::ptr, plenty())) ==
      one("good"));
}

TEST_CASE("a server that never answers is named when the deadline has come") {
  const UdpServer silent([](const auto&) { return std::vector<std::string>(); });
  const auto answer = Resolver({silent.server()}).ask(name("a.test"), Type::ptr, soon());
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == "PTR a.test: " + silent.server().str() + ": no answer in time");
}

TEST_CASE("forged and stray datagrams are ignored, and the true answer after them is taken") {
  const UdpServer server([](const std::string& query) {
    const auto forged = answer_to(query, fine, evil_record, 1);
    auto wrong_id = forged, wrong_name = forged, wrong_type = forged, no_answer = forged;
    wrong_id[1] = static_cast<char>(wrong_id[1] + 1);
    wrong_name[13] = 'b';
    wrong_type[21] = '\x10';
    no_answer[2] = '\1';
    return std::vector{wrong_id,
                       wrong_name,
                       wrong_type,
                       no_answer,
                       "junk"s,
                       ""s,
                       std::string(5000, 'x'),
                       answer_to(query, fine, good_record, 1)};
  });
  CHECK(names(Resolver({server.server()}).ask(name("a.test"), Type::ptr, plenty())) == one("good"));
}

TEST_CASE("a server of nothing but stray datagrams is said to be one") {
  const UdpServer server([](const auto&) { return std::vector(100, "junk"s); });
  const auto answer = Resolver({server.server()}).ask(name("a.test"), Type::ptr, soon());
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error(), ContainsSubstring("none to the question"));
}

TEST_CASE("a malformed answer is a failure") {
  const UdpServer server(
      [](const auto& query) { return std::vector{answer_to(query, fine, "\xc0\x0c\0\x0c"s, 1)}; });
  const auto answer = Resolver({server.server()}).ask(name("a.test"), Type::ptr, plenty());
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error(), ContainsSubstring("malformed answer"));
}

TEST_CASE("what goes wrong over TCP is a failure that says so") {
  const auto cut_short = always(truncated);
  const auto ask = [&](badclients::base::Deadline deadline) {
    return Resolver({cut_short.server()}).ask(name("a.test"), Type::ptr, deadline);
  };
  const auto port = cut_short.server().port;
  CHECK_THAT(ask(plenty()).error(), ContainsSubstring("over TCP: connection refused"));
  {
    const TcpServer closes([](const base::Descriptor&) {}, port);
    CHECK_THAT(ask(plenty()).error(), ContainsSubstring("over TCP: "));
  }
}

TEST_CASE("over TCP too, only an answer to the question counts") {
  const auto cut_short = always(truncated);
  const TcpServer liar(
      [](const base::Descriptor& connection) {
        (void)send_all(connection, "\0\4junk"s, plenty());
        wait_for_close(connection);
      },
      cut_short.server().port);
  const auto answer = Resolver({cut_short.server()}).ask(name("a.test"), Type::ptr, plenty());
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error(), ContainsSubstring("none to the question"));
}

TEST_CASE("a TCP server that says nothing meets the deadline") {
  const auto cut_short = always(truncated);
  const TcpServer silent([](const base::Descriptor& connection) { wait_for_close(connection); },
                         cut_short.server().port);
  const auto answer = Resolver({cut_short.server()}).ask(name("a.test"), Type::ptr, soon());
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error(), ContainsSubstring("over TCP: no answer in time"));
}

TEST_CASE("CNAMEs that go on for ever are given up") {
  std::atomic<unsigned char> count = 0;
  const UdpServer server([&](const auto& query) {
    const auto label = static_cast<char>('a' + ++count);
    return std::vector{
        answer_to(query, fine, "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\3\1"s + label + "\0"s, 1)};
  });
  const auto answer = Resolver({server.server()}).ask(name("a.test"), Type::ptr, plenty());
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error(), ContainsSubstring("too many CNAMEs"));
  CHECK(count == 8);
}

TEST_CASE("nameservers come from the configuration, then resolv.conf, then loopback") {
  const TempFolder folder;
  const auto file = folder.write("resolv.conf",
                                 "# comment\nsearch example.org\nnameserver 192.0.2.53\n"
                                 "nameserver nonsense\n nameserver\t2001:db8::53\n"
                                 "nameserver 192.0.2.54\nnameserver 192.0.2.55\n");
  Config::Dns dns;
  CHECK(nameservers(dns, file) == std::vector<Server>{{address("192.0.2.53"), 53},
                                                      {address("2001:db8::53"), 53},
                                                      {address("192.0.2.54"), 53}});
  CHECK(nameservers(dns, folder.path() + "/missing") ==
        std::vector<Server>{{address("127.0.0.1"), 53}});
  dns.nameserver = {{"192.0.2.1", 5353}, {"2001:db8::1", 0}};
  CHECK(nameservers(dns, file) ==
        std::vector<Server>{{address("192.0.2.1"), 5353}, {address("2001:db8::1"), 53}});
}
