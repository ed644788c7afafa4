#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "facts/facts.hpp"

namespace badclients::logs {

/// What the times of a log without years say of themselves: how often the year turns, and the last
/// of them. Looked at before the log is read, where that can be done twice.
class Turns {
 public:
  /// In the order of the log. Other lines count for nothing.
  void look_at(std::string_view log_line);

  /// The year in which the first line was written, if the last was written at `latest` or before;
  /// nothing where no line has a time without a year.
  [[nodiscard]] std::optional<int> first_year(facts::Time latest) const;

 private:
  std::optional<std::chrono::sys_seconds> last_;  ///< as if in 2000, a leap year
  int turns_ = 0;
};

/// When lines of a log were written, by the time that they begin with. Lines come in the log's
/// order.
class Times {
 public:
  /// `latest`: no line is newer, give or take a day. `first_year`: as Turns says; without it the
  /// first line is taken for as new as it may be.
  explicit Times(facts::Time latest, std::optional<int> first_year = {})
      : latest_(latest), year_(first_year) {}

  /// `2026-11-21T23:12:04.5+0100` (any RFC 3339 or ISO 8601 offset, fractions, or none: local
  /// time), `2026-11-21 23:12:04`, `Nov 21 23:12:04` (RFC 3164, local time; month names in English,
  /// or German, as the original's log has them), `1795300324.123456` (journalctl
  /// --output=short-unix). Nothing where the line begins otherwise.
  std::optional<facts::Time> of(std::string_view log_line);

  /// All of `text` as the first or second of these forms.
  std::optional<facts::Time> iso(std::string_view text);

 private:
  std::optional<facts::Time> take_iso(std::string_view& text);
  std::optional<facts::Time> without_year(std::string_view log_line);
  facts::Time local(int year, std::chrono::sys_seconds of_year);

  facts::Time latest_;
  std::optional<int> year_;                       ///< of the last line without a year
  std::optional<std::chrono::sys_seconds> last_;  ///< that line's time, as if in 2000

  // mktime(3) is asked once an hour of the log.
  std::optional<std::chrono::sys_time<std::chrono::hours>> hour_;
  int hours_year_ = 0;
  facts::Time begin_of_hour_{};
};

}  // namespace badclients::logs
