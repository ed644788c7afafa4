// tell_what_next: what counts now, and what the administrator does next.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "admin/setup/site.hpp"
#include "admin/terminal.hpp"
#include "lists/rulebook.hpp"

namespace badclients::admin::setup {

namespace {

/// "new-outlook (refuses), spark (monitor)"; empty: none has a rule.
std::string clients_in_force(const lists::RuleBook& book, bool all_monitor) {
  std::string text;
  for (std::size_t i = 0; i < book.clients.size(); ++i) {
    const auto& client = book.clients[i];
    if (std::ranges::none_of(book.client_rules,
                             [&](const auto& rule) { return rule.client == i; })) {
      continue;
    }
    const bool monitors = all_monitor || client.mode == lists::ClientMode::monitor;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", client.id,
                        monitors ? "monitor" : "refuses");
  }
  return text;
}

/// "ip_net.deny.lst (3 entries), asn.allow.lst (1 entry)"
std::string lists_in_force(const lists::RuleBook& book) {
  std::map<std::string, std::size_t> counts;
  for (const auto& entry : book.entries) ++counts[book.files.at(entry.where.file)];
  std::string text;
  for (const auto& [file, count] : counts) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", file,
                        counted(count, "entry", "entries"));
  }
  return text;
}

/// Those of before --undo, and the administrator's own.
void tell_what_is_in_force(Site& site) {
  const bool waits = site.door == Door::checkpassword && !site.left_to_do.empty();
  if (waits) return;  // Dovecot does not ask yet
  const auto& general = site.config.general;
  const auto book = lists::read_lists(general.list_path);
  const bool all_monitor = general.mode == config::Mode::monitor;
  for (const auto& what : {clients_in_force(book, all_monitor), lists_in_force(book)}) {
    if (!what.empty()) site.say("in force", "", what);
  }
}

/// Shows the audit lines.
std::string command_for_log(const Site& site) {
  const auto& log = site.config.general.log;
  const auto dovecots = site.dovecot.setting("info_log_path").empty()
                            ? site.dovecot.setting("log_path")
                            : site.dovecot.setting("info_log_path");
  const auto file = log.starts_with('/') ? log : dovecots;
  return file.starts_with('/') ? fmt::format("grep mail-audit: {}", printable(file))
                               : "journalctl -g mail-audit:";
}

constexpr const char* next_steps = R"(
Next
  badclientsctl clients enable --monitor new-outlook
      its logins are let in, and their lines say would_block=True; without --monitor they are refused
  {}
      a line for each login, from the next one on; logins from private and local addresses (127.*, 10.*,
      192.168.*) leave none unless log_local = yes
  doveadm auth test -x service=imap -x rip=52.97.246.245 USER
      tries a login from outside now; it asks for the user's password
  badclientsctl setup --undo
      takes everything back
)";

}  // namespace

void tell_what_next(Site& site, bool changed) {
  tell_what_is_in_force(site);
  if (!changed && site.left_to_do.empty()) {
    site.print("\nAll is as it should be: nothing was changed.\n");
  } else if (site.pretend) {
    site.print("\nNothing was changed.\n");
  }
  if (!site.left_to_do.empty()) {
    site.print("\nTo do\n" + site.left_to_do);
  } else if (!site.pretend) {
    site.print(fmt::format(next_steps, command_for_log(site)));
  }
}

}  // namespace badclients::admin::setup
