#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.hpp"
#include "logs/fields.hpp"
#include "logs/times.hpp"

namespace badclients::logs {

/// What became of a login.
enum class Outcome : std::uint8_t {
  allowed,      ///< nothing matched
  exempted,     ///< allowed=True: an allow entry matched, or on_error let it in
  would_block,  ///< allowed in monitor mode
  blocked,
  undecided,  ///< tempfail=True
};

/// "allowed" "exempted" "would_block" "blocked" "undecided"
std::string_view to_string(Outcome outcome);

/// Whether it was refused, or would have been.
constexpr bool speaks_against(Outcome outcome) {
  return outcome == Outcome::blocked || outcome == Outcome::would_block;
}

/// Which door wrote the line.
enum class Door : std::uint8_t {
  unknown,  ///< nothing before the line says so: it is none of Dovecot's log
  checkpassword,
  policy,
};

/// "unknown" "checkpassword" "policy"
std::string_view to_string(Door door);

/// One login, as its audit line says. Foreign bytes, with escapes undone. Empty where the line says
/// None, or has no such field.
struct Login {
  std::optional<facts::Time> time;  ///< nothing where the line begins with none that we know
  Door door = Door::unknown;
  std::string user;
  std::string service;
  std::string ip;
  std::string host;         ///< also empty where the address has no name
  bool host_known = false;  ///< the line says what the name is, or that there is none
  std::uint32_t asn = 0;    ///< 0: none
  std::string as_cc, as_desc, net_name, net_cc;
  std::vector<std::string> entities;
  Outcome outcome = Outcome::allowed;
  std::string matched, rule, client, client_id, facts;
  std::optional<std::chrono::microseconds> took;
  std::string session, master, error;
  std::string
      cut;  ///< names of the fields of which the line had no room for all, each with a blank
  bool original = false;  ///< a line of the original's, which said less: no `facts`

  /// Empties it, and keeps its memory.
  void clear();
};

/// Whose lines about logins are read.
enum class Writer : std::uint8_t {
  badclients,  ///< audit lines
  dovecot,     ///< "imap-login: Login: user=<alice>, ..., rip=192.0.2.1, ...": who has got in
  /// Of Dovecot's auth: "auth: Error: policy(alice,192.0.2.1): Policy server HTTP error: ...", of
  /// 2.4 "auth(alice,192.0.2.1,sasl:plain): Error: policy: Policy server HTTP error: ..."
  failed_policy,
};

/// Reads lines of a log, in their order.
class Reader {
 public:
  explicit Reader(Times times, Writer writer = Writer::badclients)
      : times_(times), writer_(writer) {}

  /// False where there is no audit line. A line is text as audit::line writes it (or the original
  /// did), or a JSON object with the same names: strings; null for None; a list for what may repeat
  /// (`entity`), or one string; true or "True" for what became of it; `took` "1.4ms" or a number of
  /// milliseconds; an AS "AS64500" or its number; with `time` (RFC 3339) that counts instead of the
  /// line's. Other names are passed over. What is cut short there says so as in the line, by `\...`
  /// at its end. Of Dovecot's lines there are time, user and ip;
  /// of its failed questions to a policy server, time and error.
  bool read(std::string_view log_line, Login& into);

 private:
  Times times_;
  Writer writer_;
  std::vector<Field> fields_;
};

/// Whether a text is one of the field's in `login.cut`.
bool was_cut(const Login& login, std::string_view field);

}  // namespace badclients::logs
