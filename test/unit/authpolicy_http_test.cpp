#include "authpolicy/http.hpp"

#include <fmt/format.h>

#include <string>

#include "catch.hpp"

using namespace badclients::authpolicy;
using Command = HttpRequest::Command;

namespace {

const std::string body = R"({"login":"alice","remote":"52.97.246.245"})";

std::string post(const std::string& target, const std::string& headers,
                 const std::string& content) {
  return "POST " + target + " HTTP/1.1\r\n" + headers + "\r\n" + content;
}

std::string with_length(const std::string& headers = "", const std::string& content = body) {
  return post("/?command=allow",
              headers + "Content-Length: " + std::to_string(content.size()) + "\r\n", content);
}

/// What came of bytes that came in pieces of this size; a number where it was refused.
struct Parsed {
  bool done = false;
  unsigned refused = 0;
  std::string why;
  HttpRequest request;
  std::string rest;  ///< not taken
};

Parsed parse(const std::string& bytes, std::size_t piece = std::string::npos) {
  RequestParser parser;
  Parsed result;
  std::string buffer;
  std::size_t at = 0;
  while (at < bytes.size() && !parser.done()) {
    buffer += bytes.substr(at, piece);
    at += std::min(piece, bytes.size() - at);
    buffer.erase(0, parser.take(buffer));
  }
  result.rest = buffer + bytes.substr(at);
  result.done = parser.done();
  if (parser.refusal()) {
    result.refused = parser.refusal()->status;
    result.why = parser.refusal()->why;
  } else if (result.done) {
    result.request = parser.request();
  }
  return result;
}

unsigned status_of(const std::string& bytes) {
  const auto parsed = parse(bytes);
  return parsed.refused != 0 ? parsed.refused : parsed.done ? 200 : 0;
}

}  // namespace

TEST_CASE("a request is read whole, and what follows it is left") {
  const auto first = with_length("X-Badclients:  a secret \r\n");
  const auto parsed = parse(first + "POST next");
  REQUIRE(parsed.refused == 0);
  CHECK(parsed.request.command == Command::allow);
  CHECK(parsed.request.body == body);
  CHECK(parsed.request.secret == "a secret");
  CHECK(parsed.request.version == 11);
  CHECK(parsed.request.keep_alive);
  CHECK(parsed.rest == "POST next");
}

TEST_CASE("it does not matter how a request is cut into pieces") {
  const auto chunked = post("/?command=report", "Transfer-Encoding: chunked\r\n",
                            "5;x=y\r\n{\"a\":\r\n2\r\n1}\r\n0\r\nTrailer: x\r\n\r\n");
  for (const auto& bytes : {with_length("X-Badclients: a\r\n"),
                            with_length("X-Badclients: b\r\nConnection: close\r\n"), chunked}) {
    const auto whole = parse(bytes);
    REQUIRE(whole.done);
    REQUIRE(whole.refused == 0);
    REQUIRE(whole.request.secret.has_value() == (bytes != chunked));
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
      const auto parsed = parse(bytes, piece);
      CHECK(parsed.done);
      CHECK(parsed.refused == 0);
      CHECK(parsed.request.body == whole.request.body);
      CHECK(parsed.request.command == whole.request.command);
      CHECK(parsed.request.secret == whole.request.secret);
      CHECK(parsed.request.keep_alive == whole.request.keep_alive);
      CHECK(parsed.rest.empty());
    }
  }
}

TEST_CASE("no part of a request is taken for one") {
  const auto bytes = with_length();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto parsed = parse(bytes.substr(0, length));
    CHECK_FALSE(parsed.done);
  }
}

TEST_CASE("a body may come in chunks") {
  const auto parsed = parse(post("/?command=allow", "Transfer-Encoding: chunked\r\n",
                                 "3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n"));
  CHECK(parsed.refused == 0);
  CHECK(parsed.request.body == R"({"a":1})");
}

TEST_CASE("a body with another coding is refused, whatever length it says it has") {
  for (const auto* coding :
       {"gzip", "xchunked", "identity", "gzip, chunked", "chunked, gzip", ""}) {
    const auto field = fmt::format("Transfer-Encoding: {}\r\n", coding);
    INFO(coding);
    CHECK(status_of(with_length(field)) == 400);
    const bool has_end = std::string_view(coding).ends_with(", chunked");
    CHECK(status_of(post("/?command=allow", field, "0\r\n\r\n")) == (has_end ? 400 : 411));
  }
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(status_of(post("/?command=allow", chunked + chunked, "0\r\n\r\n")) == 400);
  CHECK(status_of(post("/?command=allow", chunked, "0\r\n\r\n")) == 200);
  // HTTP/1.0 knows none.
  CHECK(status_of("POST /?command=allow HTTP/1.0\r\n" + chunked + "\r\n0\r\n\r\n") == 400);
}

TEST_CASE("a field behind a body in chunks is none of the request's") {
  const auto parsed = parse(post("/?command=allow", "Transfer-Encoding: chunked\r\n",
                                 "2\r\n{}\r\n0\r\nX-Badclients: a\r\n\r\n"));
  CHECK(parsed.done);
  CHECK(parsed.refused == 0);
  CHECK(parsed.request.body == "{}");
  CHECK_FALSE(parsed.request.secret);
}

TEST_CASE("the target names the command, with or without the server before it") {
  const auto status = [](const std::string& target) {
    return status_of(post(target, "Content-Length: 0\r\n", ""));
  };
  CHECK(parse(post("/?command=report", "Content-Length: 0\r\n", "")).request.command ==
        Command::report);
  for (const auto* const good :
       {"/?command=allow", "/?x=y&command=allow", "/?command=allow&x", "?command=allow",
        "http://127.0.0.1:4001/?command=allow", "HTTP://[::1]:4001?command=report"}) {
    INFO(good);
    CHECK(status(good) == 200);
  }
  for (const auto* const bad :
       {"/", "/?command=", "/?command", "/?command=ping", "/?command=allow&command=report",
        "/?command=allow&command=allow", "/x?command=allow", "*", "/?COMMAND=allow",
        "/command=allow", "http://127.0.0.1:4001", "https://127.0.0.1/?command=allow",
        "/?command=allowed"}) {
    INFO(bad);
    CHECK(status(bad) == 404);
  }
}

TEST_CASE("another method than POST is refused, before its body came") {
  for (const auto* const method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PRI"}) {
    CHECK(status_of(std::string(method) +
                    " /?command=allow HTTP/1.1\r\nContent-Length: 9\r\n\r\n") == 405);
  }
}

TEST_CASE("a body without a length is refused") {
  CHECK(status_of(post("/?command=allow", "", body)) == 411);
  CHECK(status_of(post("/?command=allow", "Transfer-Encoding: gzip\r\n", body)) == 411);
}

TEST_CASE("what is too long is refused, in all its parts") {
  const std::string much(9 * 1024, 'x');
  CHECK(status_of(with_length("X: " + much + "\r\n")) == 431);
  CHECK(status_of("POST /" + much) == 431);
  CHECK(status_of(with_length("", std::string(248 * 1024, ' '))) == 200);
  CHECK(status_of(with_length("", std::string(248 * 1024 + 1, ' '))) == 413);
  CHECK(status_of(post("/?command=allow", "Content-Length: 99999999999\r\n", "")) == 413);
  CHECK(status_of(post("/?command=allow", "Content-Length: 18446744073709551616\r\n", "")) == 400);
  std::string chunks;
  for (int i = 0; i < 40'000; ++i) chunks += "1;a=b\r\n \r\n";
  CHECK(status_of(post("/?command=allow", "Transfer-Encoding: chunked\r\n", chunks)) == 413);
  CHECK(status_of(post("/?command=allow", "Transfer-Encoding: chunked\r\n",
                       "1;" + std::string(270'000, 'a'))) >= 400);
  CHECK(status_of(post("/?command=allow", "Transfer-Encoding: chunked\r\n", "fffffff\r\n")) == 413);
}

TEST_CASE("what is no HTTP is refused, and said in words of ours") {
  for (const auto* const bytes :
       {"garbage\r\n\r\n", "\x16\x03\x01", "POST /?command=allow HTTP/2.0\r\n\r\n",
        "POST /?command=allow\r\n\r\n", "POST /?command=allow HTTP/1.1\nContent-Length: 0\n\n",
        "POST /?command=allow HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /?command=allow HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "POST /?command=allow HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /?command=allow HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nforged,user=<x>\r\n",
        "POST /?command=allow HTTP/1.1\r\nforged user\r\n\r\n"}) {
    const auto parsed = parse(bytes);
    INFO(bytes);
    CHECK(parsed.refused == 400);
    CHECK(parsed.why.find("forged") == std::string::npos);
    CHECK(parsed.why.substr(0, 12) == "no HTTP/1.1:");
  }
}

TEST_CASE("an empty line before a request is none of it") {
  CHECK(parse("\r\n\r\n" + with_length()).request.body == body);
}

TEST_CASE("a request says whether it is badclientsctl's test, with that name and no other") {
  CHECK(parse(with_length("User-Agent: badclientsctl\r\n")).request.is_own_test);
  for (const auto* other : {"", "User-Agent: badclientsctl/2\r\n", "User-Agent: Dovecot\r\n"}) {
    CHECK_FALSE(parse(with_length(other)).request.is_own_test);
  }
}

TEST_CASE("a secret that is there twice is as good as none") {
  CHECK(parse(with_length("x-badclients: a\r\n")).request.secret == "a");
  CHECK_FALSE(parse(with_length("X-Badclients: a\r\nX-Badclients: a\r\n")).request.secret);
  CHECK_FALSE(parse(with_length()).request.secret);
}

TEST_CASE("who waits for a word before the body gets it once, and not for what is refused") {
  const auto bytes = with_length("Expect: 100-continue\r\n");
  const auto header = bytes.size() - body.size();
  RequestParser parser;
  parser.take(bytes.substr(0, 20));
  CHECK_FALSE(parser.wants_continue());
  parser = RequestParser();
  parser.take(bytes.substr(0, header));
  CHECK(parser.wants_continue());
  CHECK_FALSE(parser.wants_continue());
  parser.take(body);
  CHECK(parser.done());
  CHECK(parser.request().body == body);

  RequestParser whole;
  whole.take(bytes);
  CHECK_FALSE(whole.wants_continue());
  RequestParser old;  // HTTP/1.0 has no such word
  old.take("POST /?command=allow HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  CHECK_FALSE(old.wants_continue());
  RequestParser refused;
  refused.take("GET / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  CHECK_FALSE(refused.wants_continue());
}

TEST_CASE("a connection is kept as HTTP says") {
  CHECK_FALSE(parse(with_length("Connection: close\r\n")).request.keep_alive);
  const auto old = [](const std::string& headers) {
    return parse("POST /?command=allow HTTP/1.0\r\n" + headers + "Content-Length: 0\r\n\r\n")
        .request;
  };
  CHECK_FALSE(old("").keep_alive);
  CHECK(old("Connection: keep-alive\r\n").keep_alive);
  CHECK(old("").version == 10);
}

TEST_CASE("any one byte of a request may be another: it is read, waited for or refused") {
  const auto bytes = with_length("X-Badclients: a\r\n");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      auto changed = bytes;
      changed[i] = static_cast<char>(value);
      const auto whole = parse(changed);
      if (whole.refused != 0) CHECK(whole.refused >= 400);
      if (value % 16 != 0) continue;
      const auto cut = parse(changed, 7);
      INFO(i << " is " << value);
      // Where the header has no end any more, what came in pieces is waited for.
      if (whole.refused == 400 && !cut.done) continue;
      CHECK(cut.done == whole.done);
      CHECK(cut.refused == whole.refused);
      CHECK(cut.request.body == whole.request.body);
    }
  }
}

TEST_CASE("an answer says what it is, and whether another may follow") {
  CHECK(http_answer(200, "{}", 11, true) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(http_answer(400, "no\n", 11, false) ==
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        "Content-Length: 3\r\n\r\nno\n");
  CHECK_THAT(http_answer(405, "", 11, false), ContainsSubstring("\r\nAllow: POST\r\n"));
  CHECK_THAT(http_answer(200, "{}", 10, true), ContainsSubstring("\r\nConnection: keep-alive\r\n"));
}
