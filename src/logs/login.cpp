#include "logs/login.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "audit/escape.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "logs/json_line.hpp"

namespace badclients::logs {

namespace {

void assign_unescaped(std::string& into, const Field& field) {
  if (field.text.find('\\') == std::string_view::npos) {
    into.assign(field.text);
  } else {
    into = field.value();
  }
}

/// What a field of that name changes. `value` is with escapes undone; of a field that says None
/// nothing is called.
struct Known {
  std::string_view name;
  std::string Login::*text = nullptr;
  void (*set)(Login& login, std::string_view value) = nullptr;
};

bool is_true(std::string_view value) {
  return value == "True";
}

void set_outcome(Login& login, std::string_view value, Outcome outcome) {
  if (is_true(value)) login.outcome = outcome;
}

/// "AS64500", 64500
void set_asn(Login& login, std::string_view value) {
  if (value.starts_with("AS")) value.remove_prefix(2);
  login.asn = base::number<std::uint32_t>(value).value_or(0);
}

/// "1.4ms", 1.4
void set_took(Login& login, std::string_view value) {
  if (value.ends_with("ms")) value.remove_suffix(2);
  const auto milliseconds = base::number<double>(value);
  constexpr double most = 1e9;
  if (!milliseconds || !(*milliseconds >= 0 && *milliseconds <= most)) return;
  login.took = std::chrono::microseconds(std::lround(*milliseconds * 1000));
}

/// In the order of the line.
constexpr std::array<Known, 23> known{{
    {"user", &Login::user},
    {"service", &Login::service},
    {"ip", &Login::ip},
    {"host", &Login::host},
    {"asn", nullptr, set_asn},
    {"as_cc", &Login::as_cc},
    {"as_desc", &Login::as_desc},
    {"net_name", &Login::net_name},
    {"net_cc", &Login::net_cc},
    {"entity", nullptr, [](Login& login, std::string_view v) { login.entities.emplace_back(v); }},
    {"blocked", nullptr,
     [](Login& login, std::string_view v) { set_outcome(login, v, Outcome::blocked); }},
    {"tempfail", nullptr,
     [](Login& login, std::string_view v) { set_outcome(login, v, Outcome::undecided); }},
    {"would_block", nullptr,
     [](Login& login, std::string_view v) { set_outcome(login, v, Outcome::would_block); }},
    {"allowed", nullptr,
     [](Login& login, std::string_view v) { set_outcome(login, v, Outcome::exempted); }},
    {"matched", &Login::matched},
    {"rule", &Login::rule},
    {"client", &Login::client},
    {"client_id", &Login::client_id},
    {"facts", &Login::facts},
    {"took", nullptr, set_took},
    {"session", &Login::session},
    {"master", &Login::master},
    {"error", &Login::error},
}};

/// Finds fields by name, fastest where they come in the line's order.
class Finder {
 public:
  const Known* find(std::string_view name) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto& one = known[(next_ + i) % known.size()];
      if (one.name != name) continue;
      next_ = (next_ + i) % known.size();
      return &one;
    }
    return nullptr;
  }

 private:
  std::size_t next_ = 0;
};

/// What the bracketed fields say in place of a missing value, as the original did.
bool means_none(const Field& field) {
  return field.none() ||
         (field.text == "None" && (field.name == "as_desc" || field.name == "net_name"));
}

void note_cut(Login& login, std::string_view name) {
  login.cut.append(name) += ' ';
}

void from_fields(const std::vector<Field>& fields, Login& login) {
  Finder finder;
  login.original = true;
  std::string value;
  for (const auto& field : fields) {
    const auto* one = finder.find(field.name);
    if (one == nullptr) continue;
    if (field.name == "facts" || field.name == "error") login.original = false;
    if (field.name == "host") login.host_known = !field.none();
    if (field.cut) note_cut(login, field.name);
    if (means_none(field)) continue;
    if (field.cut && field.name == "entity" && field.text.empty()) continue;  // entity=\...
    if (one->text != nullptr) {
      assign_unescaped(login.*one->text, field);
    } else {
      assign_unescaped(value, field);
      one->set(login, value);
    }
  }
}

bool from_json(std::string_view text, Times& times, Login& login) {
  Finder finder;
  Field field;
  std::string plain;
  bool user = false, ip = false;
  const bool whole = read_json_line(text, [&](std::string_view name, const std::string* value) {
    if (name == "time") {
      if (value == nullptr) return;
      if (const auto time = times.iso(*value)) login.time = time;
      return;
    }
    const auto* one = finder.find(name);
    user = user || (name == "user" && value != nullptr);
    ip = ip || name == "ip";
    if (one == nullptr || value == nullptr) return;
    field.text = *value;
    if (field.text.ends_with(audit::cut_mark)) {
      field.text.remove_suffix(audit::cut_mark.size());
      note_cut(login, name);
    }
    if (name == "host") login.host_known = true;
    if (one->text != nullptr) {
      assign_unescaped(login.*one->text, field);
    } else if (!field.text.empty()) {
      assign_unescaped(plain, field);
      one->set(login, plain);
    }
  });
  return whole && user && ip;
}

/// By the process of Dovecot's that passed it on: auth starts badclients, and badclients-policy is
/// a service, as the examples have it.
Door door_of(std::string_view before) {
  while (!before.empty()) {
    const auto word = base::cut(before, ' ');
    const auto name = word.substr(0, word.find_first_of(":(["));
    const bool process = name.size() < word.size() && word[name.size()] != '[';
    if (process && (name == "auth" || name == "auth-worker")) return Door::checkpassword;
    if ((process && name == "badclients") || name == "badclients-policy") return Door::policy;
  }
  return Door::unknown;
}

/// "... imap-login: Info: Login: user=<alice>, method=PLAIN, rip=192.0.2.1, ..."; of Dovecot 2.4
/// "Logged in: ".
bool from_dovecot(std::string_view line, Login& login) {
  constexpr std::string_view process = "-login: ", level = "Info: ", mark = "user=<", ip = ", rip=";
  const auto at = line.find(process);
  if (at == std::string_view::npos) return false;
  line.remove_prefix(at + process.size());
  if (line.starts_with(level)) line.remove_prefix(level.size());
  const auto text = base::cut(line, ':');
  if (text != "Login" && text != "Logged in") return false;
  const auto user = line.find(mark), end = line.find(">, "), address = line.find(ip, end);
  if (user == std::string_view::npos || end < user || address == std::string_view::npos)
    return false;
  login.user = line.substr(user + mark.size(), end - user - mark.size());
  line.remove_prefix(address + ip.size());
  login.ip = base::cut(line, ',');
  return true;
}

/// What Dovecot's auth wrote, from "auth" on: behind a time, a host and "dovecot:", as the log puts
/// them there. Nothing: another program or process wrote the line, whatever it quotes.
std::optional<std::string_view> said_by_auth(std::string_view line) {
  constexpr std::size_t most_leading_words = 5;
  bool tagged = false;
  for (std::size_t leading = 0; leading <= most_leading_words;) {
    line = base::trimmed(line);
    if (line.starts_with("auth:") || line.starts_with("auth(")) return line;
    const auto word = base::cut(line, ' ');
    // "imap(a user": its name is not the log's.
    if (tagged || word.empty() || word.find_first_of("(<") != std::string_view::npos) break;
    if (!word.ends_with(':')) {
      ++leading;
    } else if (word.starts_with("dovecot")) {
      tagged = true;
    } else {
      break;
    }
  }
  return std::nullopt;
}

/// What failed. A user's name stands before it, and may quote such a line.
bool from_failed_policy(std::string_view line, Login& login) {
  constexpr std::string_view first = "auth: Error: policy(", behind_name = "): ";
  constexpr std::string_view new_mark = ": Error: policy: ";
  const auto said = said_by_auth(line);
  if (!said) return false;
  if (said->starts_with(first)) {
    const auto at = said->rfind(behind_name);
    if (at == std::string_view::npos) return false;
    login.error = said->substr(at + behind_name.size());
    return true;
  }
  const auto at = said->rfind(new_mark);
  if (!said->starts_with("auth(") || at == std::string_view::npos) return false;
  const auto before = (*said)[at - 1];
  const auto text = said->substr(at + new_mark.size());
  // Where the name goes on behind it, it was the name that said so.
  const bool is_quoted =
      text.find(behind_name) != std::string_view::npos || text.find(")<") != std::string_view::npos;
  if ((before != ')' && before != '>') || is_quoted) return false;
  login.error = text;
  return true;
}

}  // namespace

std::string_view to_string(Door door) {
  constexpr std::array<std::string_view, 3> names{"unknown", "checkpassword", "policy"};
  return names.at(static_cast<std::size_t>(door));
}

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 5> names{"allowed", "exempted", "would_block", "blocked",
                                                  "undecided"};
  return names.at(static_cast<std::size_t>(outcome));
}

void Login::clear() {
  time.reset();
  door = Door::unknown;
  for (const auto& one : known) {
    if (one.text != nullptr) (this->*one.text).clear();
  }
  host_known = original = false;
  asn = 0;
  entities.clear();
  outcome = Outcome::allowed;
  took.reset();
  cut.clear();
}

bool Reader::read(std::string_view log_line, Login& into) {
  // Of other lines too: the order of times tells their year.
  const auto time = times_.of(log_line);
  if (writer_ != Writer::badclients) {
    into.clear();
    into.time = time;
    return writer_ == Writer::dovecot ? from_dovecot(log_line, into)
                                      : from_failed_policy(log_line, into);
  }
  const auto found = split(log_line);
  if (!found || found->maxmind) return false;
  into.clear();
  into.time = time;
  into.door = door_of(found->before);
  if (found->fields.starts_with('{')) return from_json(found->fields, times_, into);
  if (!read_fields(found->fields, fields_)) return false;
  from_fields(fields_, into);
  return true;
}

bool was_cut(const Login& login, std::string_view field) {
  std::string_view rest = login.cut;
  while (!rest.empty()) {
    if (base::cut(rest, ' ') == field) return true;
  }
  return false;
}

}  // namespace badclients::logs
