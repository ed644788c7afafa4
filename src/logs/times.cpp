#include "logs/times.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::logs {

namespace {

using facts::Time;
using namespace std::chrono;

/// Lines of several processes are out of order by less than that.
constexpr days disorder{2};
/// What a time point of the system clock can hold without overflow.
constexpr unsigned least_year = 1971, most_year = 2254;
constexpr std::int64_t last_second = 9'000'000'000;
/// A leap year: a line from the 29th of February has a place in it.
constexpr year some_year{2000};
constexpr days length_of_year{366};

/// The month that a name of three letters is; nothing: none. `text` begins with it, and loses it.
std::optional<month> take_month(std::string_view& text) {
  constexpr std::array<std::pair<std::string_view, month>, 17> names{{{"Jan", January},
                                                                      {"Feb", February},
                                                                      {"Mar", March},
                                                                      {"Apr", April},
                                                                      {"May", May},
                                                                      {"Jun", June},
                                                                      {"Jul", July},
                                                                      {"Aug", August},
                                                                      {"Sep", September},
                                                                      {"Oct", October},
                                                                      {"Nov", November},
                                                                      {"Dec", December},
                                                                      {"Mai", May},
                                                                      {"Okt", October},
                                                                      {"Dez", December},
                                                                      {"M\xc3\xa4r", March},
                                                                      {"Mrz", March}}};
  for (const auto& [name, number] : names) {
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    return number;
  }
  return std::nullopt;
}

/// Exactly `count` digits.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  const auto value = base::number<unsigned>(text.substr(0, count));
  if (value) text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// "23:12:04". A leap second counts as the one before, so that it is of the same year.
std::optional<seconds> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(std::min(*second, 59U));
}

/// "Nov 21 23:12:04", "Nov  1 23:12:04"
std::optional<sys_seconds> traditional(std::string_view text) {
  const auto month = take_month(text);
  if (!month || !take(text, ' ')) return std::nullopt;
  const auto number = take_digits(text, take(text, ' ') ? 1 : 2);
  if (!number || !take(text, ' ')) return std::nullopt;
  const auto date = some_year / *month / day(*number);
  const auto time = take_time_of_day(text);
  if (!date.ok() || !time || (!text.empty() && base::is_visible(text.front()))) {
    return std::nullopt;
  }
  return sys_days(date) + *time;
}

/// Of the process's time zone.
Time from_local(int year, sys_seconds of_year) {
  const auto midnight = floor<days>(of_year);
  const year_month_day date(midnight);
  const hh_mm_ss time(of_year - midnight);
  std::tm local{};
  local.tm_year = year - 1900;
  local.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  local.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  local.tm_hour = static_cast<int>(time.hours().count());
  local.tm_min = static_cast<int>(time.minutes().count());
  local.tm_sec = static_cast<int>(time.seconds().count());
  local.tm_isdst = -1;
  return system_clock::from_time_t(::mktime(&local));
}

/// The last year in which it is not past `latest` by more than a day.
int last_year_of(sys_seconds of_year, Time latest) {
  const auto now = system_clock::to_time_t(latest);
  std::tm local{};
  ::localtime_r(&now, &local);
  const int year = local.tm_year + 1900;
  return from_local(year, of_year) > latest + days(1) ? year - 1 : year;
}

/// What a line without a year does to the year: -1 where it is a straggler of the one before.
int turn(const std::optional<sys_seconds>& last, sys_seconds of_year) {
  if (!last) return 0;
  if (of_year - *last > length_of_year - disorder) return -1;
  return *last - of_year > disorder ? 1 : 0;
}

}  // namespace

void Turns::look_at(std::string_view log_line) {
  const auto of_year = traditional(log_line);
  if (!of_year) return;
  const int turned = turn(last_, *of_year);
  if (turned < 0) return;
  turns_ += turned;
  last_ = of_year;
}

std::optional<int> Turns::first_year(Time latest) const {
  if (!last_) return std::nullopt;
  return last_year_of(*last_, latest) - turns_;
}

std::optional<Time> Times::of(std::string_view log_line) {
  if (log_line.empty()) return std::nullopt;
  if (!base::is_digit(log_line.front())) return without_year(log_line);
  if (log_line.size() > 4 && log_line[4] == '-') return take_iso(log_line);
  // Of the journal: seconds, and a fraction.
  auto rest = log_line;
  const auto number = base::take_number<std::int64_t>(rest);
  constexpr std::size_t least_digits = 9;
  const bool is_time = number && log_line.size() - rest.size() >= least_digits &&
                       rest.starts_with('.') && *number <= last_second;
  return is_time ? std::optional{Time(seconds(*number))} : std::nullopt;
}

std::optional<Time> Times::iso(std::string_view text) {
  const auto time = take_iso(text);
  return text.empty() ? time : std::nullopt;
}

std::optional<Time> Times::take_iso(std::string_view& text) {
  const auto year_number = take_digits(text, 4);
  if (!year_number || *year_number < least_year || *year_number > most_year || !take(text, '-')) {
    return std::nullopt;
  }
  const auto month_number = take_digits(text, 2);
  if (!month_number || !take(text, '-')) return std::nullopt;
  const auto day_number = take_digits(text, 2);
  if (!day_number || (!take(text, 'T') && !take(text, ' '))) return std::nullopt;
  const int in_year = static_cast<int>(*year_number);
  const auto date = year(in_year) / month(*month_number) / day(*day_number);
  const auto time = take_time_of_day(text);
  if (!date.ok() || !time) return std::nullopt;
  if (take(text, '.') || take(text, ',')) {
    while (!text.empty() && base::is_digit(text.front())) text.remove_prefix(1);
  }
  const bool east = text.starts_with('+');
  seconds offset{0};
  if (east || text.starts_with('-')) {
    text.remove_prefix(1);
    const auto offset_hours = take_digits(text, 2);
    take(text, ':');
    const auto offset_minutes = take_digits(text, 2);
    if (!offset_hours) return std::nullopt;
    offset = hours(*offset_hours) + minutes(offset_minutes.value_or(0));
    if (!east) offset = -offset;
  } else if (!take(text, 'Z')) {
    return local(in_year, sys_days(some_year / date.month() / date.day()) + *time);
  }
  return Time(sys_days(date) + *time - offset);
}

std::optional<Time> Times::without_year(std::string_view log_line) {
  const auto of_year = traditional(log_line);
  if (!of_year) return std::nullopt;
  if (!year_) year_ = last_year_of(*of_year, latest_);
  const int turned = turn(last_, *of_year);
  if (turned < 0) return local(*year_ - 1, *of_year);
  if (turned > 0) {
    // Where nobody said how often the year turns, the first line was a year older than it seemed.
    const auto next = local(*year_ + 1, *of_year);
    if (next <= latest_ + days(1)) ++*year_;
  }
  last_ = of_year;
  return local(*year_, *of_year);
}

Time Times::local(int year, sys_seconds of_year) {
  const auto hour = floor<hours>(of_year);
  if (hour != hour_ || year != hours_year_) {
    begin_of_hour_ = from_local(year, hour);
    hour_ = hour;
    hours_year_ = year;
  }
  return begin_of_hour_ + (of_year - hour);
}

}  // namespace badclients::logs
