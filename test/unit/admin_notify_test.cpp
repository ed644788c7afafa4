#include "admin/notify/address.hpp"
#include "admin/notify/message.hpp"
#include "admin/notify/people.hpp"
#include "admin/notify/template.hpp"
#include "admin/notify/told.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
namespace notify = badclients::admin::notify;

namespace {

std::string address(std::string_view user, std::string_view domains = "example.org") {
  return notify::address_of(user, *notify::Domains::read(domains)).value_or("-");
}

std::string fault(std::string_view text) {
  const auto read = notify::Template::read(text, "file");
  return read ? "" : read.error();
}

}  // namespace

TEST_CASE("a user's address is the name, or the name at the first domain") {
  CHECK(address("alice") == "alice@example.org");
  CHECK(address("alice@Example.ORG") == "alice@example.org");
  CHECK(address("Alice.B+x@example.net") == "-");
  CHECK(address("Alice.B+x@example.net", "example.org,example.net") == "Alice.B+x@example.net");
  CHECK(address("alice@anywhere.example", "*") == "alice@anywhere.example");
  CHECK(address("alice", "*") == "-");
  CHECK(address("j\u00f6rg") == "j\u00f6rg@example.org");
}

TEST_CASE("what could be more than one plain address is none") {
  for (const auto* user : {"",
                           "-a",
                           "a b",
                           "a,b",
                           "a%b",
                           "a!b",
                           "a\nb",
                           "a\r",
                           "\"a\"",
                           "a\\b",
                           "a/b",
                           "|a",
                           "a;b",
                           ":a",
                           "<a>",
                           "a(b)",
                           ".a",
                           "a.",
                           "a..b",
                           "a\x01",
                           "a\x7f",
                           "a\u2028",
                           "a\u202e",
                           "a\u200b",
                           "a\u00a0",
                           "a\xff",
                           "a@",
                           "@example.org",
                           "a@b@example.org",
                           "a@-x",
                           "a@x-",
                           "a@x..y",
                           "a@x.",
                           "a@[::1]",
                           "a@x y",
                           "a@\u00f6.example"}) {
    CAPTURE(user);
    CHECK(address(user, "example.org,*") == "-");
  }
  CHECK(address(std::string(65, 'x')) == "-");
  CHECK(address(std::string("a\0b", 3)) == "-");
  CHECK(address("a@" + std::string(64, 'x'), "*") == "-");
  for (const auto* domains : {"", ",", "a,,b", "-a", "a b", "a@b"}) {
    CHECK_FALSE(notify::Domains::read(domains));
  }
}

TEST_CASE("a header that is no short ASCII text is made of encoded words") {
  CHECK(notify::header_text("Hello, you") == "Hello, you");
  CHECK(notify::header_text("\u00fc") == "=?UTF-8?B?w7w=?=");
  CHECK(notify::header_text("=?x?=") == "=?UTF-8?B?PT94Pz0=?=");
  CHECK(notify::header_text("a\nBcc: b").find('\n') == std::string::npos);
  std::string text;
  for (int i = 0; i < 100; ++i) text += "x\u65e5";
  const auto shown = notify::header_text(text);
  std::size_t begin = 0;
  for (auto end = shown.find('\n'); begin < shown.size(); end = shown.find('\n', begin)) {
    const auto line = shown.substr(begin, end == std::string::npos ? end : end - begin);
    CHECK(line.size() <= 76);
    CHECK(line.ends_with("?="));
    begin = end == std::string::npos ? shown.size() : end + 1;
  }
}

TEST_CASE("a sender is an address with or without a name") {
  CHECK(notify::mailbox("a@example.org") == "a@example.org");
  CHECK(notify::mailbox("A B <a@example.org>") == "\"A B\" <a@example.org>");
  CHECK(notify::mailbox("\"A, B\" <a@example.org>") == "\"A, B\" <a@example.org>");
  CHECK(notify::mailbox("B\u00fcro <a@example.org>") == "=?UTF-8?B?QsO8cm8=?= <a@example.org>");
  const auto forged = notify::mailbox("a\nBcc: x <a@example.org>");
  CHECK(forged->find('\n') == std::string::npos);
  for (const auto* wrong : {"", "a", "<>", "A <a>", "a@example.org\nBcc: b@example.org", "a b@c.d",
                            "A <a@example.org> b", "\xff <a@example.org>"}) {
    CHECK_FALSE(notify::mailbox(wrong));
  }
}

TEST_CASE("quoted-printable has short lines, and none that means something") {
  CHECK(notify::quoted_printable("a=b\n") == "a=3Db\n");
  CHECK(notify::quoted_printable(".\n..\n") == "=2E\n=2E.\n");
  CHECK(notify::quoted_printable("From me\nfrom me\n") == "=46rom me\nfrom me\n");
  CHECK(notify::quoted_printable("a \n\tb\t\n") == "a=20\n\tb=09\n");
  CHECK(notify::quoted_printable("\u00fc\x1b\n") == "=C3=BC=1B\n");
  CHECK(notify::quoted_printable(std::string(76, 'a') + "\n") == std::string(75, 'a') + "=\na\n");
  CHECK(notify::quoted_printable(std::string(75, 'a') + ".\n") ==
        std::string(75, 'a') + "=\n=2E\n");
  CHECK(notify::quoted_printable(std::string(74, 'a') + "\u00fc\n") ==
        std::string(74, 'a') + "=\n=C3=BC\n");
}

TEST_CASE("a template's placeholders stand for what is known, and lines without are left out") {
  const auto read = notify::Template::read(
      "subject: {client} of {user}\r\n\r\nDear {{user}} {user},\n{message}\n\nv: {vendor}\n",
      "file");
  REQUIRE(read);
  notify::Values values;
  values.user = "a\nb";
  values.client = "C";
  values.vendor = "V";
  CHECK(read->headers(values) ==
        std::vector<std::pair<std::string, std::string>>{{"Subject", "C of a\\x0ab"}});
  CHECK(read->text(values) == "Dear {user} a\\x0ab,\n\nv: V\n");
  CHECK(notify::Template::read(notify::Template::usual(), "usual"));
}

TEST_CASE("a template's fault is named with its line") {
  CHECK(fault("Subject: x\n\n{nobody}\n").starts_with("file:3: '{nobody}' is no placeholder"));
  CHECK(fault("Subject: x\n\na { b\n").starts_with("file:3: '{ b' is no placeholder"));
  CHECK(fault("To: x\n\nx\n").starts_with("file:1: a header is"));
  CHECK(fault("Hello\n").starts_with("file:1: a header is"));
  CHECK(fault("Subject: x\n folded\n\nx\n").starts_with("file:2: a header is"));
  CHECK(fault("From: {user}\n\nx\n").starts_with("file:1: placeholders"));
  CHECK(fault("Subject: x\n\n\x1b\n") == "file:3: it has a control character");
  CHECK(fault("Subject: x\n\n\xff\n") == "file:3: it is not UTF-8");
  CHECK(fault("") == "file: it has no text behind the headers");
}

TEST_CASE("who was told is remembered, whatever the client is called") {
  const TempFolder folder;
  const auto now = facts::Time(std::chrono::hours(500000));
  {
    auto told = notify::Told::open(folder.path(), now);
    REQUIRE(told);
    REQUIRE(told->add("my client", "A@example.org", now));
    CHECK_FALSE(notify::Told::open(folder.path(), now));
  }
  const auto told = notify::Told::open(folder.path(), now + notify::told_for / 2);
  REQUIRE(told);
  CHECK(told->when("my client", "a@example.org") == now);
  CHECK_FALSE(told->when("my client", "b@example.org"));
  CHECK_FALSE(told->when("my", "a@example.org"));
  CHECK_FALSE(notify::Told::look(folder.path(), now + notify::told_for)
                  ->when("my client", "a@example.org"));
}

TEST_CASE(
    "the text for a user is that of the client whose rule hit, also where another has its name") {
  const TempFolder folder;
  const auto now = facts::Time(std::chrono::hours(500000));
  const auto login = [](std::string rule) {
    logs::Login one;
    one.outcome = logs::Outcome::blocked;
    one.user = "alice";
    one.client = "App";
    one.rule = std::move(rule);
    return one;
  };
  admin::Inventory clients;
  for (const auto* id : {"app", "ours"}) {
    auto& file = clients.clients.emplace_back();
    file.client.id = id;
    file.client.name = "App";
    file.client.message = id;
  }
  const auto told_by = [&](const std::string& rule) {
    notify::Uses uses{""};
    uses.add(login(rule));
    const auto told = notify::Told::look(folder.path(), now);
    return notify::people(uses, clients, std::nullopt, *told, now).front().values.message;
  };
  CHECK(told_by("clients/ours.client:3") == "ours");
  CHECK(told_by("clients/app.client:3") == "app");
  CHECK(told_by("clients/renamed-since.client:3") == "app");
}

TEST_CASE("a message's date is that of RFC 5322") {
  const auto text = notify::message({}, "a@example.org", "x\n", "id",
                                    facts::Time(std::chrono::seconds(1'783'000'000)));
  CHECK(text.find("\nDate: Thu, 02 Jul 2026 13:46:40 +0000\n") != std::string::npos);
}
