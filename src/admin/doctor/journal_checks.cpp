// journal_checks: what AppArmor and SELinux have kept from badclients.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/doctor/host.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace badclients::admin::doctor {

namespace {

/// That of Dovecot's auth to connect to the policy door: it names a port alone.
bool is_denied_door(std::string_view line, const Host& host) {
  const auto words = base::words(line);
  const auto has = [&](std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  if (!has("name_connect") || !has("comm=\"auth\"")) return false;
  return std::ranges::any_of(
      door_listeners(host), [&](const Listener& listener) { return has("dest=" + listener.port); });
}

/// A denial that names a program, a file or a folder of ours, or keeps Dovecot from our door.
bool is_denial(std::string_view line, const Host& host) {
  const bool avc =
      line.find("avc:") != std::string_view::npos && line.find("denied") != std::string_view::npos;
  const bool denies = avc || line.find("apparmor=\"DENIED\"") != std::string_view::npos;
  return denies &&
         (line.find("badclients") != std::string_view::npos || (avc && is_denied_door(line, host)));
}

/// No denial of the last day is about badclients.
Outcome denials(const Host& host) {
  const auto said =
      ask_program("journalctl", {"-q", "--no-pager", "-o", "short-iso", "--since", "-1day",
                                 "_TRANSPORT=kernel", "+", "_TRANSPORT=audit"});
  if (!said || said->code != 0) return {};  // there is no journal
  Outcome outcome{"the kernel has denied badclients nothing since yesterday", {}};
  std::string_view last;
  std::size_t count = 0;
  for (std::string_view text = said->output; !text.empty();) {
    const auto line = base::cut(text, '\n');
    if (!is_denial(line, host)) continue;
    last = line;
    ++count;
  }
  if (count == 0) return outcome;
  outcome.fail(fmt::format("the kernel has denied badclients something {} times since yesterday, "
                           "the last: {}",
                           count, last),
               "allow it in the AppArmor profile or SELinux policy of Dovecot");
  return outcome;
}

constexpr std::array<Check, 1> all{{{"denials", denials}}};

}  // namespace

std::span<const Check> journal_checks() {
  return all;
}

}  // namespace badclients::admin::doctor
