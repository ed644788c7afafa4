#include "authpolicy/answer.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"

using namespace badclients::authpolicy;
using badclients::facts::Verdict;
using Settings = badclients::config::Config::General;

namespace {

/// What a refused user reads.
std::string text_for(const std::string& message, const std::string& setting = "") {
  Verdict verdict;
  verdict.decision = Verdict::Decision::deny;
  verdict.message = message;
  Settings settings;
  settings.deny_message = setting;
  const auto one = answer(verdict, settings);
  CHECK(one.code == 200);
  const auto json = nlohmann::json::parse(one.text);
  CHECK(json.size() == 2);
  CHECK(json.at("status") == -1);
  return json.at("msg");
}

const std::string general_sentence =
    "This login is not allowed. Please ask your mail administrator.";

}  // namespace

TEST_CASE("an allowed login is status 0, in monitor mode too") {
  Verdict verdict;
  verdict.would_block = true;
  verdict.message = "no";
  for (const auto& allowed : {Verdict{}, verdict}) {
    CHECK(answer(allowed, {}).code == 200);
    CHECK(answer(allowed, {}).text == R"({"status":0,"msg":""})");
  }
  CHECK(noted().text == R"({"status":0,"msg":""})");
}

TEST_CASE("a refused user is told the rule's text, else the configuration's, else ours") {
  CHECK(text_for("Use another app.", "Setting.") == "Use another app.");
  CHECK(text_for("", "Setting.") == "Setting.");
  CHECK(text_for("") == general_sentence);
  CHECK(text_for(" \r\n") == general_sentence);
}

TEST_CASE("a text is one line of UTF-8 of 400 bytes, whatever it was") {
  CHECK(text_for("one\r\n* BYE two\tthree\x01") == "one  * BYE two three");
  CHECK(text_for("say \"no\" \\ f\xc3\xbcr \xff") == "say \"no\" \\ f\xc3\xbcr ?");
  std::string long_text;
  for (int i = 0; i < 300; ++i) long_text += "\xc3\xbc";
  CHECK(text_for(long_text) == long_text.substr(0, 400));
  CHECK(text_for("x" + long_text) == "x" + long_text.substr(0, 398));
  for (int code = 0; code < 256; ++code) {
    const auto character = static_cast<char>(code);
    const char shown = code < ' ' || code == 0x7f ? ' ' : code > 0x7f ? '?' : character;
    CHECK(text_for(std::string{'a', character, 'b'}) == std::string{'a', shown, 'b'});
  }
}

TEST_CASE("what cannot be decided is no allowed login") {
  Verdict verdict;
  verdict.decision = Verdict::Decision::tempfail;
  CHECK(answer(verdict, {}).code == 500);
  CHECK(refusal(404, "why").code == 404);
  CHECK(refusal(404, "why").text == "badclients-policy: why\n");
}
