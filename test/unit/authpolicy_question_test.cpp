#include "authpolicy/question.hpp"

#include "catch.hpp"

using badclients::authpolicy::read_question;
using namespace std::string_literals;

namespace {

std::string error_of(const std::string& body) {
  const auto read = read_question(body);
  return read ? "" : read.error();
}

}  // namespace

TEST_CASE("a question says who logs in, from where, to what and with what") {
  const auto told = read_question(R"({
    "login": "alice", "remote": "52.97.246.245", "protocol": "imap", "device_id": "\"name\" \"Outlook\"",
    "session_id": "Wm9rT0w", "master": "boss"})")
                        .value();
  CHECK(told.user == "alice");
  CHECK(told.address == "52.97.246.245");
  CHECK(told.service == "imap");
  CHECK(told.client_id == R"("name" "Outlook")");
  CHECK(told.session == "Wm9rT0w");
  CHECK(told.master == "boss");
}

TEST_CASE("what else is in a question is ignored, whatever it is, twice too") {
  const auto told = read_question(R"({"tls": true, "x": {"login": 5, "remote": [1, {}]}, "y": null,
    "login": "alice", "z": 1.5e3, "pwhash": "07", "pwhash": [[["deep"]]], "fail_type": -1,
    "local_name": "mail.example.org", "": "", "attrs": {"login": "mallory"}})")
                        .value();
  CHECK(told.user == "alice");
  CHECK(told.address.empty());
}

TEST_CASE("a question without a login is none") {
  CHECK(error_of("{}") == "there is no login");
  CHECK(error_of(R"({"login": ""})") == "there is no login");
  CHECK(error_of(R"({"Login": "alice"})") == "there is no login");
  CHECK(error_of(R"({"x": {"login": "alice"}})") == "there is no login");
}

TEST_CASE("what is there twice is refused, however it is written") {
  CHECK(error_of(R"({"login": "alice", "login": "bob"})") == "login is there twice");
  CHECK(error_of(R"({"login": "alice", "remote": "::1", "rem\u006fte": ""})") ==
        "remote is there twice");
}

TEST_CASE("what is no text where one is due is refused, and named") {
  CHECK(error_of(R"({"login": 5})") == "login is a number, not a string");
  CHECK(error_of(R"({"login": "a", "remote": -5})") == "remote is a number, not a string");
  CHECK(error_of(R"({"login": "a", "remote": 0.5})") == "remote is a number, not a string");
  CHECK(error_of(R"({"login": "a", "remote": null})") == "remote is null, not a string");
  CHECK(error_of(R"({"login": "a", "protocol": false})") == "protocol is a boolean, not a string");
  CHECK(error_of(R"({"login": "a", "master": ["b"]})") == "master is an array, not a string");
  CHECK(error_of(R"({"login": {"login": "a"}})") == "login is an object, not a string");
}

TEST_CASE("a NUL is refused in each field, and nowhere else") {
  for (const auto* const name :
       {"login", "remote", "protocol", "device_id", "session_id", "master"}) {
    const auto other = name == "login"s ? "x" : "login";
    CHECK(error_of(R"({")"s + other + R"(": "alice", ")" + name + R"(": "a\u0000b"})") ==
          name + " has a NUL"s);
  }
  CHECK(error_of("{\"login\": \"a\0\"}"s) == "the body is no JSON (byte 13)");
  CHECK(error_of(R"({"login": "a", "x": "\u0000"})").empty());
}

TEST_CASE("what is not one JSON object is refused") {
  CHECK(error_of("[]") == "the body is an array, not an object");
  CHECK(error_of("5") == "the body is a number, not an object");
  CHECK(error_of("\"alice\"") == "the body is a string, not an object");
  CHECK(error_of("null") == "the body is null, not an object");
  const std::string good = R"({"login": "alice"})";
  CHECK(error_of(good).empty());
  CHECK(error_of(" \r\n\t" + good + " \n").empty());
  for (const auto& bad :
       {""s, " "s, "login=alice"s, good + good, good + "x", good + ",", good + "\0"s,
        R"({"login": "alice",})"s, R"({'login': 'alice'})"s, R"({"login": "alice" "remote": ""})"s,
        R"({"login": "\ud800"})"s, R"({"login": "a" /* x */})"s, R"({"login": "\x"})"s,
        R"({"login": NaN})"s, "{\"login\": \"a\nb\"}"s}) {
    INFO(bad);
    CHECK(error_of(bad).find("no JSON") != std::string::npos);
  }
  CHECK(error_of(R"({"login": "alice", "other": 1e400})") ==
        "a number is too large for a double (byte 33)");
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(error_of(good.substr(0, length)).empty());
  }
}

TEST_CASE("however deep a question is nested, it is read or refused") {
  CHECK_FALSE(error_of(std::string(50'000, '[')).empty());
  CHECK_FALSE(error_of(R"({"x":)" + std::string(50'000, '[')).empty());
  CHECK(error_of(R"({"login":"a","x":)" + std::string(25'000, '[') + std::string(25'000, ']') + "}")
            .empty());
}

TEST_CASE("bytes that are no UTF-8 are replaced, one by one") {
  const std::string body = R"({"login": ")"
                           "\xff"
                           "al\xc3\xad"
                           "ce\xc3"
                           R"("})";
  CHECK(read_question(body)->user ==
        "\xef\xbf\xbd"
        "al\xc3\xad"
        "ce\xef\xbf\xbd");
}

TEST_CASE("texts that are too long are cut") {
  const std::string most(4096, 'x');
  CHECK(read_question(R"({"login": ")" + most + "x\"}")->user == most);
  const auto told =
      read_question(R"({"login": "a", "device_id": ")" + most + R"(x", "session_id": ")" + most +
                    R"(x", "master": ")" + most + "x\"}")
          .value();
  CHECK(told.client_id == most);
  CHECK(told.session == most);
  CHECK(told.master == most);
}

TEST_CASE("what is wrong is said without a word of the question") {
  for (const auto* const body : {R"({"login": "alice, forged=<x>" x)", R"({"forged": forged})",
                                 R"(forged)", R"({"login": "a", "remote": ["forged"]})"}) {
    CHECK(error_of(body).find("forged") == std::string::npos);
    CHECK_FALSE(error_of(body).empty());
  }
}
