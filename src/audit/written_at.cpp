#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

#include "audit/parse.hpp"

namespace badclients::audit {

namespace {

using Time = std::chrono::system_clock::time_point;

/// Reads from the front of a text; what is not there makes it bad for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool good() const { return good_; }
  bool skip(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) { good_ = skip(wanted) && good_; }
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') {
        good_ = false;
        return 0;
      }
      value = 10 * value + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  void skip_digits() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size()));
  }
  /// 0 for Jan; bad where it is no month.
  int month() {
    constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void read_clock(Scanner& text, std::tm& time) {
  time.tm_hour = text.number(2);
  text.expect(':');
  time.tm_min = text.number(2);
  text.expect(':');
  time.tm_sec = text.number(2);
}

bool possible(const std::tm& time) {
  return time.tm_mon >= 0 && time.tm_mon < 12 && time.tm_mday >= 1 && time.tm_mday <= 31 &&
         time.tm_hour < 24 && time.tm_min < 60 && time.tm_sec <= 60;
}

Time from_local(std::tm time) {
  time.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&time));
}

/// 2026-11-21T23:12:04.5+01:00
std::optional<Time> iso(std::string_view line) {
  Scanner text{line};
  std::tm time{};
  time.tm_year = text.number(4) - 1900;
  text.expect('-');
  time.tm_mon = text.number(2) - 1;
  text.expect('-');
  time.tm_mday = text.number(2);
  if (!text.skip('T')) text.expect(' ');
  read_clock(text, time);
  if (!text.good() || !possible(time)) return std::nullopt;

  if (text.skip('.') || text.skip(',')) text.skip_digits();
  const auto utc = [&] { return std::chrono::system_clock::from_time_t(timegm(&time)); };
  if (text.skip('Z')) return utc();
  const bool east = text.skip('+');
  if (!east && !text.skip('-')) return from_local(time);
  const std::chrono::hours hours{text.number(2)};
  text.skip(':');
  const std::chrono::minutes minutes{text.number(2)};
  if (!text.good()) return from_local(time);
  return east ? utc() - hours - minutes : utc() + hours + minutes;
}

/// Nov 21 23:12:04
std::optional<Time> traditional(std::string_view line, Time now) {
  Scanner text{line};
  std::tm time{};
  time.tm_mon = text.month();
  text.expect(' ');
  time.tm_mday = text.skip(' ') ? text.number(1) : text.number(2);
  text.expect(' ');
  read_clock(text, time);
  if (!text.good() || !possible(time)) return std::nullopt;

  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm today{};
  localtime_r(&seconds, &today);
  time.tm_year = today.tm_year;
  if (from_local(time) > now + std::chrono::hours(24)) --time.tm_year;
  return from_local(time);
}

}  // namespace

std::optional<Time> written_at(std::string_view log_line, Time now) {
  if (const auto time = iso(log_line)) return time;
  return traditional(log_line, now);
}

}  // namespace badclients::audit
