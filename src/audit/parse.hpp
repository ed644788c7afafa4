#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading audit lines back, wherever a log put them.
namespace badclients::audit {

/// `name=value` or `name=<value>` of an audit line.
struct Field {
  std::string name;
  std::string value;      ///< with escapes undone: foreign bytes, as they were
  bool brackets = false;  ///< `<None>` is a text, `None` without brackets is none
  bool cut = false;       ///< there was more of it

  [[nodiscard]] bool none() const { return !brackets && value == "None"; }
};

/// What audit::line or audit::maxmind_line wrote, or the original did.
struct Record {
  bool maxmind = false;       ///< the second line
  std::vector<Field> fields;  ///< in the line's order; some names may repeat

  /// The first of that name; null where there is none.
  [[nodiscard]] const Field* find(std::string_view name) const;
  /// Its value; empty where there is no such field, or it says None.
  [[nodiscard]] std::string_view value(std::string_view name) const;
};

/// Finds the audit line in a line of a log: behind whatever Dovecot, syslog, or the journal put
/// before it. Nothing where there is none. It has to be well-formed to its end: a user name that
/// looks like one, in another program's message, is not taken for one.
std::optional<Record> parse(std::string_view log_line);

/// When a line of a log was written, by the time it begins with: `2026-11-21T23:12:04+0100` (any
/// RFC 3339 or ISO 8601 offset, fractions, or none: local time), `2026-11-21 23:12:04`, or
/// `Nov 21 23:12:04` (local time; the last year in which it is not past `now` by more than a day).
/// Nothing where it begins otherwise.
std::optional<std::chrono::system_clock::time_point> written_at(
    std::string_view log_line, std::chrono::system_clock::time_point now);

}  // namespace badclients::audit
