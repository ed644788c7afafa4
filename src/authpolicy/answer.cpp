#include "authpolicy/answer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "door/text.hpp"

namespace badclients::authpolicy {

namespace {

constexpr std::string_view allowed = R"({"status":0,"msg":""})";

constexpr const char* general_sentence =
    "This login is not allowed. Please ask your mail administrator.";

}  // namespace

std::string text_for_user(const std::string& message, const config::Config::General& settings) {
  auto text = door::one_line(message.empty() ? settings.deny_message : message);
  return text.empty() ? general_sentence : text;
}

Answer answer(const facts::Verdict& verdict, const config::Config::General& settings) {
  using Decision = facts::Verdict::Decision;
  switch (verdict.decision) {
    case Decision::allow:
      return noted();
    case Decision::deny: {
      const auto text = text_for_user(verdict.message, settings);
      return {200, fmt::format(R"({{"status":-1,"msg":{}}})", nlohmann::json(text).dump())};
    }
    case Decision::tempfail:
      break;
  }
  return cannot_decide();
}

Answer cannot_decide() {
  return refusal(500, "the login cannot be decided; the log says why");
}

Answer noted() {
  return {200, std::string(allowed)};
}

Answer refusal(int status, const std::string& why) {
  return {status, fmt::format("badclients-policy: {}\n", why)};
}

}  // namespace badclients::authpolicy
