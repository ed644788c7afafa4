// checkpassword_checks: the passdb that runs badclients, and those before and behind it. Each of
// these settings has a default that makes every password right, or asks nobody.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/doctor/host.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view mechanisms_of_door =
    "plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop external gssapi gss-spnego otp "
    "ntlm";

/// Of users, with what Dovecot is told about each.
constexpr std::size_t most_of_a_table = std::size_t{256} * 1024 * 1024;

struct Chain {
  std::vector<DovecotBlock> before, behind;  ///< those that check passwords
  DovecotBlock door;
};

/// One that lets nobody in, whatever it says.
bool only_refuses(const DovecotBlock& passdb) {
  return passdb.text("deny") == "yes";
}

/// Of a host that has the door.
Chain chain_of(const Host& host) {
  Chain chain;
  bool is_behind = false;
  for (auto& passdb : host.passdbs()) {
    if (is_badclients(passdb) && !is_behind) {
      chain.door = passdb;
      is_behind = true;
    } else if (!only_refuses(passdb)) {
      (is_behind ? chain.behind : chain.before).push_back(passdb);
    }
  }
  return chain;
}

std::string named(const DovecotBlock& passdb) {
  const auto args = passdb.text("args");
  return fmt::format("the passdb '{}'{}", driver_of(passdb), args.empty() ? "" : " (" + args + ")");
}

std::string text_or(const DovecotBlock& block, std::string_view setting, const char* otherwise) {
  auto text = block.text(setting);
  return text.empty() ? otherwise : text;
}

/// Says which line to write into the door's block.
std::string in_door(std::string_view line) {
  return fmt::format("write '{}' into the passdb block of badclients", line);
}

std::string drivers(const std::vector<DovecotBlock>& passdbs) {
  std::string names;
  for (const auto& each : passdbs) names += (names.empty() ? "" : ", ") + driver_of(each);
  return names;
}

/// Somebody else checks the password, before badclients is asked.
Outcome passdb_before(const Host& host) {
  const auto chain = chain_of(host);
  if (!chain.before.empty()) {
    return {"a passdb before badclients checks passwords: " + drivers(chain.before)};
  }
  Outcome outcome;
  outcome.fail("no passdb before badclients checks passwords, and badclients checks none",
               chain.behind.empty()
                   ? "put a passdb that checks passwords before it, with result_success = "
                     "continue-ok"
                   : fmt::format("put it behind {}, and write result_success = continue-ok there",
                                 named(chain.behind.back())));
  return outcome;
}

/// A user with the right password goes on to badclients, and that it was right is remembered.
Outcome continue_ok(const Host& host) {
  Outcome outcome{"a user with the right password goes on to badclients", {}};
  for (const auto& passdb : chain_of(host).before) {
    const auto result = text_or(passdb, "result_success", "return-ok");
    if (result == "continue-ok") continue;
    const auto advice = fmt::format(
        "write 'result_success = continue-ok' into the passdb block '{}'", driver_of(passdb));
    if (result == "continue") {
      outcome.fail(
          named(passdb) + " forgets that the password was right (continue): nobody gets in",
          advice);
    } else if (result == "continue-fail") {
      outcome.fail(named(passdb) + " takes a right password for a wrong one (continue-fail)",
                   advice);
    } else {
      outcome.fail(fmt::format("whom {} lets in, badclients never sees (result_success = {})",
                               named(passdb), result),
                   advice);
    }
  }
  return outcome.faults.empty() && chain_of(host).before.empty() ? Outcome{} : outcome;
}

/// A setting of the door's block, and the one value that is right.
struct DoorSetting {
  const char* name;
  const char* otherwise;  ///< Dovecot's default
  const char* right;
  const char* good;  ///< what is so then
};

/// What another value does.
struct Wrong {
  Level level = Level::error;
  std::string text;
};

Outcome door_setting(const Host& host, const DoorSetting& setting,
                     Wrong (*wrong)(const DovecotBlock& door, const std::string& value)) {
  const auto door = chain_of(host).door;
  const auto value = text_or(door, setting.name, setting.otherwise);
  if (value == setting.right) return {setting.good};
  auto [level, text] = wrong(door, value);
  return {"",
          {{level, std::move(text), in_door(fmt::format("{} = {}", setting.name, setting.right))}}};
}

constexpr DoorSetting success{"result_success", "return-ok", "continue",
                              "badclients makes no password right"};
constexpr DoorSetting skipped{"skip", "never", "unauthenticated",
                              "badclients is asked when a password was right"};
constexpr DoorSetting failure{"result_failure", "continue", "return-fail",
                              "whom badclients refuses stays out"};

/// badclients, which checks no password, makes none right.
Outcome result_success(const Host& host) {
  return door_setting(host, success, [](const DovecotBlock& door, const std::string& result) {
    if (result != "return-ok" && result != "continue-ok" && result != "return") {
      return Wrong{Level::error, fmt::format("result_success = {}: whom badclients lets pass is "
                                             "refused",
                                             result)};
    }
    const bool is_skipped = text_or(door, skipped.name, skipped.otherwise) == skipped.right;
    return Wrong{
        Level::error,
        fmt::format("{}: {}",
                    door.text(success.name).empty()
                        ? std::string("result_success is left out, so it is return-ok")
                        : "result_success = " + result,
                    is_skipped && result != "return"
                        ? "what badclients does not refuse counts as a right password; only skip = "
                          "unauthenticated stands between that and every password"
                        : "every password is right")};
  });
}

/// badclients is asked about right passwords alone.
Outcome skip(const Host& host) {
  return door_setting(host, skipped, [](const DovecotBlock& door, const std::string& skip) {
    if (skip == "authenticated") {
      return Wrong{Level::error,
                   "skip = authenticated: badclients is never asked about a right password"};
    }
    if (text_or(door, success.name, success.otherwise) == success.right) {
      return Wrong{Level::warning,
                   "skip is left out: badclients looks at every guess of a password, and writes a "
                   "line for it as if it were a login"};
    }
    return Wrong{Level::error,
                 "skip is left out: a wrong password reaches badclients, which makes it right"};
  });
}

/// Whom badclients refuses stays out.
Outcome result_failure(const Host& host) {
  return door_setting(host, failure, [](const DovecotBlock& door, const std::string& result) {
    return Wrong{
        Level::error,
        fmt::format("result_failure = {}{}: whom badclients refuses is let in all the same", result,
                    door.text(failure.name).empty() ? " (left out)" : "")};
  });
}

/// While badclients is broken, nobody gets in whose password was wrong.
Outcome result_internalfail(const Host& host) {
  const auto result = text_or(chain_of(host).door, "result_internalfail", "continue");
  Outcome outcome{
      fmt::format("while badclients is broken, {}",
                  result == "continue" ? "who has the right password gets in" : "nobody gets in"),
      {}};
  if (result == "return-ok" || result == "continue-ok") {
    outcome.fail(fmt::format("result_internalfail = {}: while badclients is broken, what it cannot "
                             "look at counts as a right password",
                             result),
                 in_door("result_internalfail = continue"));
  }
  return outcome;
}

/// Nobody gets in behind badclients' back.
Outcome passdb_behind(const Host& host) {
  const auto chain = chain_of(host);
  if (chain.behind.empty()) return {"no passdb stands behind badclients"};
  Outcome outcome;
  outcome.fail(fmt::format("behind badclients stands {}: whom that one lets in, badclients has not "
                           "seen",
                           named(chain.behind.front())),
               "put the passdb of badclients behind all others");
  return outcome;
}

bool is_oauth2(std::string_view mechanism) {
  return mechanism == "xoauth2" || mechanism == "oauthbearer";
}

/// Each mechanism comes to badclients, except for those whose tokens Dovecot would cut down there.
Outcome mechanisms(const Host& host) {
  const auto offered = base::lowered(host.setting("auth_mechanisms", "plain"));
  const auto named = base::lowered(chain_of(host).door.text("mechanisms"));
  const auto taken = base::words(named);
  const auto is_taken = [&](std::string_view mechanism) {
    return std::ranges::find(taken, mechanism) != taken.end();
  };
  const auto all = in_door(fmt::format("mechanisms = {}", mechanisms_of_door));
  Outcome outcome{fmt::format("logins by {} come to badclients", offered), {}};
  for (const auto mechanism : base::words(offered)) {
    if (is_oauth2(mechanism) && (taken.empty() || is_taken(mechanism))) {
      outcome.fail(fmt::format("{} is offered, and comes to badclients: Dovecot itself refuses a "
                               "token of more than some 500 bytes there",
                               mechanism),
                   all);
    } else if (is_oauth2(mechanism)) {
      outcome.warn(fmt::format("{} is offered: no login by it comes to this door", mechanism),
                   "take the policy door, which sees them: badclientsctl setup --door policy");
    } else if (!taken.empty() && !is_taken(mechanism)) {
      outcome.fail(fmt::format("{} is offered: no login by it comes to badclients", mechanism),
                   all);
    }
  }
  if (outcome.faults.empty() && taken.empty()) {
    outcome.warn(
        "mechanisms is left out: Dovecot asks badclients about look-ups that are no "
        "logins, too, and bounces mail (LMTP) to whom it would refuse",
        all);
  }
  return outcome;
}

/// Whether some line, that is no comment, tells Dovecot to proxy.
bool says_proxy(std::string_view text) {
  while (!text.empty()) {
    const auto line = base::cut(text, '\n');
    if (line.find("proxy") != std::string_view::npos && !base::trimmed(line).starts_with('#'))
      return true;
  }
  return false;
}

/// The settings of a passdb, and the files that they name.
bool proxies(const DovecotBlock& passdb) {
  return std::ranges::any_of(passdb.settings, [](const auto& setting) {
    const auto& [name, value] = setting;
    if (says_proxy(value)) return true;
    const auto path = std::min(value.find('/'), value.size());
    return name == "args" &&
           says_proxy(base::read_regular(value.substr(path), most_of_a_table).value_or(""));
  });
}

/// A text for the user does not let him in: it loses against `proxy`.
Outcome deny_texts(const Host& host) {
  if (host.config.general.deny_message_services.empty()) return {};
  for (const auto& passdb : host.passdbs()) {
    if (is_badclients(passdb) || !proxies(passdb)) continue;
    Outcome outcome;
    outcome.fail(
        fmt::format(
            "deny_message_services has services, and {} says proxy: whom badclients refuses "
            "with a text there is let in",
            named(passdb)),
        "empty deny_message_services, or take the policy door: badclientsctl setup --door policy");
    return outcome;
  }
  return {"no passdb says proxy, so an answer with a text refuses"};
}

constexpr std::array<Check, 9> all{{
    {"passdb_before", passdb_before},
    {"continue_ok", continue_ok},
    {"result_success", result_success},
    {"skip", skip},
    {"result_failure", result_failure},
    {"result_internalfail", result_internalfail},
    {"passdb_behind", passdb_behind},
    {"mechanisms", mechanisms},
    {"deny_texts", deny_texts},
}};

}  // namespace

std::span<const Check> checkpassword_checks() {
  return all;
}

}  // namespace badclients::admin::doctor
