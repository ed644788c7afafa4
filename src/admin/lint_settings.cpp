// check_settings, check_texts: settings that are valid, and what users get to read.

#include <fmt/format.h>

#include <algorithm>

#include "admin/lint.hpp"
#include "base/utf8.hpp"

namespace badclients::admin {

namespace {

void check_ignored_networks(Lint& lint) {
  const auto& ignored = lint.config.general.ignore_networks;
  const auto network = std::ranges::find_if(ignored, is_too_wide);
  if (network == ignored.end()) return;
  lint.say(
      Severity::warning,
      fmt::format("general/ignore_networks: {} is {} addresses: none of them is refused or logged",
                  network->str(),
                  network->prefix() != 0    ? "a large part of all"
                  : network->base().is_v4() ? "all IPv4"
                                            : "all IPv6"));
}

void check_message(Lint& lint) {
  const auto& text = lint.config.general.deny_message;
  const bool quotes = text.size() > 1 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  if (quotes) {
    lint.say(Severity::warning,
             "general/deny_message: users get the quotes, too: write it without them");
  } else if (!base::is_utf8(text)) {
    lint.say(Severity::warning, "general/deny_message: it is not UTF-8: save the file as UTF-8");
  }
}

}  // namespace

void check_settings(Lint& lint) {
  check_ignored_networks(lint);
  check_message(lint);
  const auto& rdap = lint.config.rdap;
  for (const auto& [registry, url] : {std::pair("arin", rdap.arin),
                                      {"ripencc", rdap.ripencc},
                                      {"apnic", rdap.apnic},
                                      {"lacnic", rdap.lacnic},
                                      {"afrinic", rdap.afrinic}}) {
    // Reading it has put a slash at its end.
    if (!url.ends_with("/ip/")) continue;
    lint.say(Severity::warning, fmt::format("rdap/{}: ip/ADDRESS is appended (write {})", registry,
                                            url.substr(0, url.size() - 3)));
  }
}

void check_texts(Lint& lint) {
  const auto& general = lint.config.general;
  // The policy door is in use: it gives each user a text.
  const bool policy_door = !lint.config.policy.secret_file.empty();
  const auto has_message = [](const lists::Client& client) { return !client.message.empty(); };
  if (!general.deny_message_services.empty()) {
    lint.say(Severity::note,
             "general/deny_message_services: checkpassword's answer with a text reads as a success "
             "wherever Dovecot proxies: name no service for which a passdb says proxy. One behind "
             "badclients cannot be seen from here");
  } else if (!policy_door && (!general.deny_message.empty() ||
                              std::ranges::any_of(lint.book.clients, has_message))) {
    lint.say(
        Severity::note,
        "general/deny_message_services is empty: through checkpassword, users get no text, "
        "neither deny_message nor a client's Message. Where Dovecot proxies, the answer with a "
        "text would let them in. (badclients-policy gives it to all)");
  }
}

}  // namespace badclients::admin
