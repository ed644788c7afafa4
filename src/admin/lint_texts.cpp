#include <algorithm>

#include "admin/lint.hpp"

namespace badclients::admin {

Problems check_texts(const config::Config& config, const std::string& config_file,
                     const lists::RuleBook& book) {
  using Severity = config::Problem::Severity;
  const auto note = [&](const char* text) {
    return Problems{{Severity::note, config_file, 0, text}};
  };
  const auto& general = config.general;
  if (!general.deny_message_services.empty()) {
    return note(
        "general/deny_message_services: the answer with a text reads as a success wherever Dovecot "
        "proxies: name no service for which a passdb says proxy. One behind badclients cannot be "
        "seen from here");
  }
  const bool texts = !general.deny_message.empty() ||
                     std::any_of(book.clients.begin(), book.clients.end(),
                                 [](const auto& client) { return !client.message.empty(); });
  if (!texts) return {};
  return note(
      "general/deny_message_services is empty: users get no text, neither deny_message nor a "
      "client's Message. Where Dovecot proxies, the answer with a text would let them in");
}

}  // namespace badclients::admin
