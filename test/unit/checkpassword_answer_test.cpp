#include "checkpassword/answer.hpp"

#include "base/utf8.hpp"
#include "catch.hpp"

using namespace badclients::checkpassword;
using badclients::facts::Verdict;
using Decision = Verdict::Decision;
using Settings = badclients::config::Config::General;
using Program = std::vector<std::string>;

namespace {

const Program reply_program{"/usr/lib/dovecot/checkpassword-reply"};

Verdict verdict(Decision decision, std::string message = "") {
  Verdict result;
  result.decision = decision;
  result.message = std::move(message);
  return result;
}

Call call(bool credentials, Program program, bool reply_open = true) {
  Call call;
  call.credentials_lookup = credentials;
  call.reply_open = reply_open;
  call.program = std::move(program);
  return call;
}

/// Whether it is one that carry_out() runs a program for.
bool runs_program(const Answer& answer) {
  return answer.code == 0 && answer.text.empty();
}

Answer allowed(const Call& how) {
  return answer(verdict(Decision::allow), how, "imap", {});
}
Answer refused(const Call& how, const std::string& service, const Settings& settings) {
  return answer(verdict(Decision::deny), how, service, settings);
}

/// With a text on the services that may have one.
Settings talking() {
  Settings settings;
  settings.deny_message = "Please use another app.";
  settings.deny_message_services = {"imap", "pop3", "sieve", "submission"};
  return settings;
}

/// The reply to a refused imap user with this message.
std::string reply_with(const std::string& message) {
  auto settings = talking();
  settings.deny_message.clear();
  return answer(verdict(Decision::deny, message), call(false, reply_program), "imap", settings)
      .text;
}

}  // namespace

TEST_CASE("allowed, under checkpassword-reply: one TAB on descriptor 4, exit 0 or 2") {
  for (const bool credentials : {false, true}) {
    const auto result = allowed(call(credentials, reply_program));
    CHECK(result.text == "\t");
    CHECK(result.code == (credentials ? 2 : 0));
    CHECK_FALSE(runs_program(result));
  }
  CHECK(allowed(call(false, {"checkpassword-reply"})).text == "\t");
}

TEST_CASE("allowed, with another program or none: exit 0, which runs the program") {
  for (const auto& program :
       {Program{}, Program{"/bin/echo", "a b", ""}, Program{"/x/checkpassword-reply2"},
        Program{"/checkpassword-reply/x"}}) {
    for (const bool credentials : {false, true}) {
      CHECK(runs_program(allowed(call(credentials, program))));
    }
  }
}

TEST_CASE("checkpassword-reply is another program where descriptor 4 is not open") {
  CHECK(runs_program(allowed(call(false, reply_program, false))));
}

TEST_CASE("denied: exit 1, in a credentials lookup 3, whatever the program is") {
  for (const auto& program : {Program{}, reply_program, Program{"/bin/true"}}) {
    for (const bool credentials : {false, true}) {
      const auto result = refused(call(credentials, program), "imap", {});
      CHECK(result.code == (credentials ? 3 : 1));
      CHECK(result.text.empty());
      CHECK_FALSE(runs_program(result));
    }
  }
}

TEST_CASE("undecided: exit 111") {
  for (const bool credentials : {false, true}) {
    const auto result =
        answer(verdict(Decision::tempfail), call(credentials, reply_program), "imap", {});
    CHECK(result.code == 111);
    CHECK(result.text.empty());
    CHECK_FALSE(runs_program(result));
  }
}

TEST_CASE("called wrongly: exit 2, in a credentials lookup, where 2 is success, 111") {
  CHECK(called_wrongly(call(false, {})) == 2);
  CHECK(called_wrongly(call(true, {})) == 111);
}

TEST_CASE(
    "a message reaches the user where Dovecot itself refuses, on the services that are named") {
  for (const auto* service : {"imap", "IMAP", "pop3", "sieve", "submission"}) {
    const auto result = refused(call(false, reply_program), service, talking());
    CHECK(result.text == "nologin=y\treason=Please use another app.\t");
    CHECK(result.code == 0);
  }
}

TEST_CASE("nobody gets a message unless a service is named") {
  Settings settings;
  settings.deny_message = "Please use another app.";
  const auto result =
      answer(verdict(Decision::deny, "special"), call(false, reply_program), "imap", settings);
  CHECK(result.code == 1);
  CHECK(result.text.empty());
}

TEST_CASE("no message in a credentials lookup, and none where Dovecot proxies") {
  CHECK(refused(call(true, reply_program), "imap", talking()).code == 3);
  CHECK(refused(call(true, reply_program), "imap", talking()).text.empty());
  auto proxied = call(false, reply_program);
  proxied.proxied = true;
  CHECK(refused(proxied, "imap", talking()).code == 1);
  CHECK(refused(proxied, "imap", talking()).text.empty());
}

TEST_CASE("the message of the verdict comes before the general one") {
  auto settings = talking();
  settings.deny_message = "general";
  const auto result =
      answer(verdict(Decision::deny, "special"), call(false, reply_program), "imap", settings);
  CHECK(result.text == "nologin=y\treason=special\t");
}

TEST_CASE("there is no message where it could be taken for a success, or reach nobody") {
  Settings settings;
  settings.deny_message = "Please use another app.";
  settings.deny_message_services = {"imap", "smtp"};
  const auto plain = [&](const Call& how, const std::string& service) {
    const auto result = refused(how, service, settings);
    CHECK(result.code == 1);
    CHECK(result.text.empty());
  };
  plain(call(false, reply_program), "smtp");
  plain(call(false, reply_program), "SMTP");
  plain(call(false, reply_program), "pop3");  // not in the list
  plain(call(false, reply_program), "");
  plain(call(false, reply_program, false), "imap");
  plain(call(false, {"/bin/true"}), "imap");
  plain(call(false, {}), "imap");
}

TEST_CASE("a message is one line of UTF-8, and can end no field of the reply") {
  CHECK(reply_with("a\tb\r\nc\1t\x1b\u0085\u2028z") == "nologin=y\treason=a b  c t   z\t");
  CHECK(reply_with("\u00dc\xff\xc3") == "nologin=y\treason=\u00dc??\t");
  CHECK(reply_with(" \n\t").empty());
}

TEST_CASE("a message is cut at 400 bytes, between characters") {
  const auto text_of = [](const std::string& reply) { return reply.substr(17, reply.size() - 18); };
  CHECK(text_of(reply_with(std::string(400, 'x'))) == std::string(400, 'x'));
  CHECK(text_of(reply_with(std::string(5000, 'x'))) == std::string(400, 'x'));
  CHECK(text_of(reply_with(std::string(399, 'x') + "\u20ac")) == std::string(399, 'x'));
  CHECK(text_of(reply_with(std::string(397, 'x') + "\u20ac!")) == std::string(397, 'x') + "\u20ac");
}
