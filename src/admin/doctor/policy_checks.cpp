// policy_checks: the policy door. None of its settings can make a wrong password right; most of
// them can see to it that badclients is not asked, or not heard.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/doctor/host.hpp"
#include "authpolicy/secret.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "net/address.hpp"
#include "net/special.hpp"

namespace badclients::admin::doctor {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_of_this_host(std::string_view address) {
  if (address == "localhost") return true;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  const auto read = net::Address::parse(address);
  return read && net::special_purpose(*read) == "Loopback";
}

struct Url {
  std::string scheme, host, port;
};

Url read_url(std::string_view text) {
  Url url;
  if (const auto at = text.find("://"); at != std::string_view::npos) {
    url.scheme = base::lowered(text.substr(0, at));
    text.remove_prefix(at + 3);
  }
  text = text.substr(0, text.find_first_of("/?#"));
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  url.host = text.substr(0, has_port ? colon : text.size());
  url.port = has_port ? text.substr(colon + 1) : url.scheme == "https" ? "443" : "80";
  return url;
}

std::string in_own_file(std::string_view line) {
  return fmt::format(
      "write '{}', or run badclientsctl setup again, which does it unless you have changed its "
      "file",
      line);
}

/// Dovecot asks where its service badclients listens.
Outcome url(const Host& host) {
  Outcome outcome;
  const auto text = host.setting("auth_policy_server_url");
  const auto ports = door_listeners(host);
  const auto port = ports.empty() ? "4001" : ports.front().port;
  const auto advice =
      in_own_file(fmt::format("auth_policy_server_url = http://127.0.0.1:{}/", port));
  if (text.empty()) {
    outcome.fail("auth_policy_server_url is not set: Dovecot asks nobody", advice);
    return outcome;
  }
  const auto parts = read_url(text);
  if (parts.scheme != "http") {
    outcome.fail(
        fmt::format("auth_policy_server_url = {}: badclients-policy speaks plain HTTP", text),
        advice);
  } else if (std::ranges::find(ports, parts.port, &Listener::port) == ports.end() ||
             !is_of_this_host(parts.host)) {
    outcome.fail(fmt::format("Dovecot asks {}, and its service badclients listens on {}", text,
                             ports.empty() ? "no port" : "port " + port),
                 advice);
  }
  outcome.good = fmt::format("Dovecot asks {}, where its service badclients listens", text);
  return outcome;
}

/// Nobody outside of this host reaches the port.
Outcome listener(const Host& host) {
  Outcome outcome{"the port is open to this host alone", {}};
  const auto key = host.is_new() ? "listen" : "address";
  for (const auto& [addresses, port] : door_listeners(host)) {
    const auto words = base::words(addresses);
    if (!words.empty() && std::ranges::all_of(words, is_of_this_host)) continue;
    outcome.fail(fmt::format("the port {} of badclients-policy is open to other hosts ({})", port,
                             addresses.empty() ? "no address is set" : addresses),
                 fmt::format("write '{} = 127.0.0.1' into its inet_listener", key));
  }
  return outcome;
}

/// Dovecot asks after a right password, and only then.
Outcome when(const Host& host) {
  Outcome outcome{"Dovecot asks after each right password, and only then", {}};
  if (!host.is_on("auth_policy_check_after_auth", true)) {
    outcome.fail("auth_policy_check_after_auth = no: Dovecot does not ask about right passwords",
                 in_own_file("auth_policy_check_after_auth = yes"));
  }
  if (host.is_on("auth_policy_check_before_auth", true)) {
    outcome.warn(
        "auth_policy_check_before_auth = yes: badclients looks at every guess of a "
        "password, and writes a line for it as if it were a login",
        in_own_file("auth_policy_check_before_auth = no"));
  }
  return outcome;
}

/// Dovecot sends nothing that nobody reads.
Outcome reports(const Host& host) {
  return either(!host.is_on("auth_policy_report_after_auth", true),
                "Dovecot sends no reports, which nobody would read",
                {Level::warning,
                 "auth_policy_report_after_auth = yes: each login costs a second request, which "
                 "badclients does not read",
                 in_own_file("auth_policy_report_after_auth = no")});
}

/// While badclients does not answer, users get in.
Outcome reject_on_fail(const Host& host) {
  return either(
      !host.is_on("auth_policy_reject_on_fail", false),
      "while badclients does not answer, who has the right password gets in",
      {Level::warning,
       "auth_policy_reject_on_fail = yes: while badclients does not answer, nobody gets in",
       "leave it where you mean it; else take that line out"});
}

/// A denial is heard.
Outcome log_only(const Host& host) {
  return either(
      !host.is_on("auth_policy_log_only", false), "Dovecot refuses whom badclients refuses",
      {Level::error, "auth_policy_log_only = yes: whom badclients refuses is let in all the same",
       "write 'auth_policy_log_only = no', and 'mode = monitor' into "
       "bad_clients.conf.ext where nobody is to be refused"});
}

/// Dovecot waits until badclients has decided.
Outcome timeout(const Host& host) {
  const std::string name = host.is_new() ? "auth_policy_http_client_request_absolute_timeout"
                                         : "auth_policy_server_timeout_msecs";
  const auto text = host.setting(name, host.is_new() ? "2s" : "2000");
  const auto deadline = host.config.lookup.deadline;
  const auto length =
      read_duration(text, host.is_new() ? milliseconds{seconds{1}} : milliseconds{1});
  if (!length || *length > deadline) {
    return {fmt::format("Dovecot waits longer ({}) than badclients takes ({} ms)", text,
                        deadline.count())};
  }
  const auto better = std::chrono::ceil<seconds>(deadline) + seconds{2};
  Outcome outcome;
  outcome.fail(
      fmt::format(
          "{} = {} is not above lookup/deadline ({} ms): who has to wait for a look-up gets "
          "in unasked",
          name, text, deadline.count()),
      host.is_new() ? in_own_file(fmt::format(
                          "http_client_request_absolute_timeout = {}s' in 'auth_policy {{ }}",
                          better.count()))
                    : in_own_file(fmt::format("{} = {}", name, milliseconds{better}.count())));
  return outcome;
}

/// Dovecot has the secret that badclients asks for.
Outcome secret(const Host& host) {
  constexpr std::string_view field = "x-badclients";
  const auto header = host.setting("auth_policy_server_api_header");
  const auto& file = host.config.policy.secret_file;
  const auto colon = header.find(':');
  const auto name = base::lowered(base::trimmed(std::string_view(header).substr(0, colon)));
  const auto given =
      colon == std::string::npos ? "" : base::trimmed(std::string_view(header).substr(colon + 1));
  Outcome outcome{"Dovecot sends the secret that badclients asks for", {}};
  if (file.empty()) {
    outcome.warn(
        "policy/secret_file is not set: every user of this host can ask badclients-policy "
        "about anybody's logins",
        "name a file in it that holds the secret, which 'badclientsctl setup' makes");
    return outcome;
  }
  const auto secret = authpolicy::read_secret(file);
  if (!secret) {
    outcome.fail(secret.error(), "make it a file of " + host.user + "'s with mode 0600");
  } else if (header.empty()) {
    outcome.fail(
        "Dovecot sends no secret, so badclients answers 401, and everybody is let in",
        in_own_file(fmt::format(
            "auth_policy_server_api_header = X-Badclients: ' and the text of {}, '", file)));
  } else if (name != field) {
    outcome.fail(fmt::format("auth_policy_server_api_header is '{}', and badclients reads "
                             "X-Badclients: it answers 401, and everybody is let in",
                             name),
                 "write 'X-Badclients: ' before the secret");
  } else if (!header.starts_with("# hidden") && given != *secret) {
    outcome.fail(fmt::format("Dovecot's secret is not that of {}: badclients answers 401, and "
                             "everybody is let in",
                             file),
                 "run badclientsctl setup again, or copy its text behind 'X-Badclients: '");
  }
  return outcome;
}

/// Dovecot tells what badclients has to know, and nothing of the password.
Outcome attributes(const Host& host) {
  Outcome outcome{
      "Dovecot tells user, address, protocol, session and client, nothing of the password", {}};
  const std::string setting = "auth_policy_request_attributes";
  constexpr std::string_view pwhash = "pwhash";
  constexpr std::array needed{"login", "remote", "protocol"};
  std::map<std::string, std::string> told;
  if (host.is_new()) {
    told = {{"login", "x"},      {"remote", "x"},    {"protocol", "x"},
            {"session_id", "x"}, {"device_id", "x"}, {"pwhash", "x"}};
    for (const auto& [path, value] : settings_by_path(host.dovecot.configuration)) {
      if (path.starts_with(setting + "/")) told[path.substr(setting.size() + 1)] = value;
    }
  } else {
    const auto text = host.setting(setting,
                                   "login=%{requested_username} pwhash=%{hashed_password} "
                                   "remote=%{rip} device_id=%{client_id} protocol=%s");
    for (auto word : base::words(text)) {
      const auto name = base::cut(word, '=');
      told[std::string(name)] = word;
    }
  }
  for (const auto* name : needed) {
    if (!told[name].empty()) continue;
    outcome.fail(fmt::format("{} has no {}: badclients cannot decide without it", setting, name),
                 "take the line of the example that comes with badclients");
  }
  for (const auto* name : {"session_id", "device_id"}) {
    if (!told[name].empty()) continue;
    outcome.warn(fmt::format("{} has no {}: the log will not have it", setting, name),
                 "take the line of the example that comes with badclients");
  }
  if (!told[std::string(pwhash)].empty()) {
    outcome.warn("Dovecot sends 12 bits of the password's hash (pwhash), which nobody needs",
                 host.is_new() ? "write 'pwhash =' into auth_policy_request_attributes { }"
                               : "take pwhash out of " + setting);
  }
  return outcome;
}

/// The name that an app gives itself is there when badclients is asked.
Outcome imap_id(const Host& host) {
  return either(host.is_on("imap_id_retain", false), "what apps call themselves is told",
                {Level::warning,
                 "imap_id_retain = no: rules about what apps call themselves (client_id) match "
                 "nothing",
                 in_own_file("imap_id_retain = yes")});
}

/// Dovecot runs the program as it has to be run.
Outcome service(const Host& host) {
  const auto block = *host.door_service();
  const auto command = block.text("executable");
  const auto words = base::words(command);
  Outcome outcome{fmt::format("Dovecot runs '{}'", command), {}};
  const bool is_script = words.size() > 2 && words[0].ends_with("script") && words[1] == "-p";
  if (!is_script) {
    outcome.fail(fmt::format("executable = {}: Dovecot cannot hand a connection to it", command),
                 in_own_file("executable = script -p " BADCLIENTS_POLICY_PROGRAM));
  }
  const auto user = block.text("user");
  if (user.empty() || user == "root") {
    outcome.fail("badclients-policy runs as root", in_own_file("user = dovecot"));
  }
  return outcome;
}

/// Dovecot's own connections leave places for nobody to take.
Outcome places(const Host& host) {
  constexpr unsigned most_of_dovecots = 100;
  const auto own = host.door_service()->text("process_limit");
  const auto text = own.empty() ? host.setting("default_process_limit", "100") : own;
  const auto limit = base::number<unsigned>(text);
  if (!limit || *limit == 0 || *limit > most_of_dovecots) {
    return {fmt::format("there is room for {} connections, and Dovecot makes 100", text)};
  }
  Outcome outcome;
  outcome.warn(fmt::format("process_limit = {}: Dovecot makes 100 connections, and a user of this "
                           "host could hold all",
                           text),
               in_own_file("process_limit = 200"));
  return outcome;
}

constexpr std::array<Check, 12> all{{
    {"policy_url", url},
    {"policy_listener", listener},
    {"policy_service", service},
    {"policy_places", places},
    {"policy_when", when},
    {"policy_reports", reports},
    {"policy_log_only", log_only},
    {"policy_reject_on_fail", reject_on_fail},
    {"policy_timeout", timeout},
    {"policy_secret", secret},
    {"policy_attributes", attributes},
    {"imap_id", imap_id},
}};

}  // namespace

std::span<const Check> policy_checks() {
  return all;
}

}  // namespace badclients::admin::doctor
