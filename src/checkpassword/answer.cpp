#include "checkpassword/answer.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "door/text.hpp"

namespace badclients::checkpassword {

namespace {

/// Success, no fields. (Dovecot takes an empty reply for a failure.)
constexpr std::string_view bare_success = "\t";

bool is_reply_program(const std::vector<std::string>& program) {
  if (program.empty()) return false;
  const std::string_view path = program.front();
  return path.substr(path.rfind('/') + 1) == "checkpassword-reply";  // npos + 1 is 0
}

bool reaches_dovecot(const Call& call) {
  return call.reply_open && is_reply_program(call.program);
}

/// The text for the user; empty: none may be sent.
std::string text_for_user(const facts::Verdict& verdict, const Call& call,
                          const std::string& service, const config::Config::General& settings) {
  const auto name = base::lowered(service);
  const auto& services = settings.deny_message_services;
  const bool wanted = std::find(services.begin(), services.end(), name) != services.end();
  if (!wanted || name == "smtp" || call.proxied || call.credentials_lookup) return {};
  if (!reaches_dovecot(call)) return {};
  return door::one_line(verdict.message.empty() ? settings.deny_message : verdict.message);
}

}  // namespace

Answer answer(const facts::Verdict& verdict, const Call& call, const std::string& service,
              const config::Config::General& settings) {
  using Decision = facts::Verdict::Decision;
  const int success = call.credentials_lookup ? 2 : 0;
  switch (verdict.decision) {
    case Decision::tempfail:
      break;
    case Decision::deny:
      if (const auto text = text_for_user(verdict, call, service, settings); !text.empty()) {
        return {success, "nologin=y\treason=" + text + "\t"};
      }
      return {call.credentials_lookup ? 3 : 1, {}};
    case Decision::allow:
      if (reaches_dovecot(call)) return {success, std::string(bare_success)};
      return {};
  }
  return {cannot_decide, {}};
}

int called_wrongly(const Call& call) {
  return call.credentials_lookup ? cannot_decide : 2;
}

}  // namespace badclients::checkpassword
