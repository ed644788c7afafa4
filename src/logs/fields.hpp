#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading the log back: finding it, unpacking it, and what each line says about a login. For
/// badclientsctl alone; no door links it.
namespace badclients::logs {

/// `name=value` or `name=<value>` of an audit line. Views into the line.
struct Field {
  std::string_view name;
  std::string_view text;  ///< with escapes, without `\...`
  bool brackets = false;  ///< `<None>` is a text, `None` without brackets is none
  bool cut = false;       ///< there was more of it

  [[nodiscard]] bool none() const { return !brackets && text == "None"; }
  /// With escapes undone: foreign bytes, as they were. A backslash that begins no escape, as the
  /// original wrote it, stays.
  [[nodiscard]] std::string value() const;
};

/// What stands in a line of a log before the audit line, and the rest.
struct Split {
  std::string_view before;  ///< what the log put there: "Nov 21 23:12:04 mail dovecot: auth: "
  bool maxmind = false;     ///< the second line, with what GeoIP databases know
  std::string_view fields;  ///< `user=<...>, ...` or `{...}`
};

/// Finds the audit line in a line of a log: behind `: ` of whatever Dovecot, syslog or the journal
/// put before it (a time, a host, and words that end with colons), or at its beginning. Nothing
/// where there is none: text that looks like one inside of another program's message is none.
std::optional<Split> split(std::string_view log_line);

/// Reads the fields of an audit line. It has to be well-formed to its end: a user name that looks
/// like a field, in another program's message, is not taken for one. False where it is not; `into`
/// then is of no use. Keeps the memory of `into`.
bool read_fields(std::string_view text, std::vector<Field>& into);

}  // namespace badclients::logs
