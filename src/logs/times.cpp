#include "logs/times.hpp"

#include <time.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace badclients::logs {

namespace {

using facts::Time;
using std::chrono::seconds;

constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
/// Lines of several processes are out of order by less than that.
constexpr std::int64_t disorder = 2 * day;
/// What a time point of the system clock can hold without overflow.
constexpr int least_year = 1971, most_year = 2254;
constexpr std::int64_t last_second = 9'000'000'000;
/// Of a leap year: a line from the 29th of February has a place in each.
constexpr std::array<int, 13> days_before{0,   31,  60,  91,  121, 152, 182,
                                          213, 244, 274, 305, 335, 366};

/// The month that a name of three letters is, from 0 on; -1: none. `text` begins with it, and loses
/// it.
int take_month(std::string_view& text) {
  constexpr std::array<std::pair<std::string_view, int>, 17> names{{{"Jan", 0},
                                                                    {"Feb", 1},
                                                                    {"Mar", 2},
                                                                    {"Apr", 3},
                                                                    {"May", 4},
                                                                    {"Jun", 5},
                                                                    {"Jul", 6},
                                                                    {"Aug", 7},
                                                                    {"Sep", 8},
                                                                    {"Oct", 9},
                                                                    {"Nov", 10},
                                                                    {"Dec", 11},
                                                                    {"Mai", 4},
                                                                    {"Okt", 9},
                                                                    {"Dez", 11},
                                                                    {"M\xc3\xa4r", 2},
                                                                    {"Mrz", 2}}};
  for (const auto& [name, number] : names) {
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    return number;
  }
  return -1;
}

/// Exactly `count` digits.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (!base::is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// "23:12:04", in seconds of the day.
std::optional<std::int64_t> take_time_of_day(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return *hours * hour + *minutes * minute + *second;
}

bool exists(int month, int day_of_month) {
  const auto before = static_cast<std::size_t>(month);
  return day_of_month >= 1 && day_of_month <= days_before[before + 1] - days_before[before];
}

std::int64_t second_of_year(int month, int day_of_month, std::int64_t second_of_day) {
  return (days_before[static_cast<std::size_t>(month)] + day_of_month - 1) * day + second_of_day;
}

/// "Nov 21 23:12:04", "Nov  1 23:12:04"
std::optional<std::int64_t> traditional(std::string_view text) {
  const int month = take_month(text);
  if (month < 0 || !take(text, ' ')) return std::nullopt;
  const auto day_of_month = take_digits(text, take(text, ' ') ? 1 : 2);
  if (!day_of_month || !exists(month, *day_of_month) || !take(text, ' ')) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time || (!text.empty() && base::is_visible(text.front()))) return std::nullopt;
  return second_of_year(month, *day_of_month, *time);
}

std::tm broken_down(int year, std::int64_t second) {
  const auto days = static_cast<int>(second / day);
  const auto month = std::upper_bound(days_before.begin(), days_before.end(), days) - 1;
  std::tm time{};
  time.tm_year = year - 1900;
  time.tm_mon = static_cast<int>(month - days_before.begin());
  time.tm_mday = days - *month + 1;
  time.tm_hour = static_cast<int>(second % day / hour);
  time.tm_min = static_cast<int>(second % hour / minute);
  time.tm_sec = static_cast<int>(second % minute);
  time.tm_isdst = -1;
  return time;
}

Time from_local(std::tm time) {
  return std::chrono::system_clock::from_time_t(::mktime(&time));
}

/// The last year in which it is not past `latest` by more than a day.
int last_year_of(std::int64_t second, Time latest) {
  const auto now = std::chrono::system_clock::to_time_t(latest);
  std::tm local{};
  ::localtime_r(&now, &local);
  const int year = local.tm_year + 1900;
  return from_local(broken_down(year, second)) > latest + seconds(day) ? year - 1 : year;
}

/// What a line without a year does to the year: -1 where it is a straggler of the one before.
int turn(const std::optional<std::int64_t>& last, std::int64_t second) {
  if (!last) return 0;
  if (second - *last > days_before.back() * day - disorder) return -1;
  return *last - second > disorder ? 1 : 0;
}

}  // namespace

void Turns::look_at(std::string_view log_line) {
  const auto second = traditional(log_line);
  if (!second) return;
  const int turned = turn(last_, *second);
  if (turned < 0) return;
  turns_ += turned;
  last_ = second;
}

std::optional<int> Turns::first_year(Time latest) const {
  if (!last_) return std::nullopt;
  return last_year_of(*last_, latest) - turns_;
}

std::optional<Time> Times::of(std::string_view log_line) {
  if (log_line.empty()) return std::nullopt;
  if (!base::is_digit(log_line.front())) return without_year(log_line);
  if (log_line.size() > 4 && log_line[4] == '-') return iso(log_line);
  // Of the journal: seconds, and a fraction.
  std::int64_t number = 0;
  std::size_t digits = 0;
  while (digits < log_line.size() && digits < 12 && base::is_digit(log_line[digits])) {
    number = number * 10 + (log_line[digits++] - '0');
  }
  constexpr std::size_t least = 9;
  const bool is_time = digits >= least && digits < log_line.size() && log_line[digits] == '.' &&
                       number <= last_second;
  return is_time ? std::optional{Time(seconds(number))} : std::nullopt;
}

std::optional<Time> Times::iso(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || *year < least_year || *year > most_year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day_of_month = take_digits(text, 2);
  if (!day_of_month || !exists(*month - 1, *day_of_month)) return std::nullopt;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time) return std::nullopt;
  if (take(text, '.') || take(text, ',')) {
    while (!text.empty() && base::is_digit(text.front())) text.remove_prefix(1);
  }
  const auto second = second_of_year(*month - 1, *day_of_month, *time);
  const bool east = text.starts_with('+');
  std::int64_t offset = 0;
  if (east || text.starts_with('-')) {
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!hours) return std::nullopt;
    offset = (*hours * hour + minutes.value_or(0) * minute) * (east ? 1 : -1);
  } else if (!take(text, 'Z')) {
    return local(*year, second);
  }
  using namespace std::chrono;
  const sys_days date = std::chrono::year(*year) / *month / *day_of_month;
  return Time(date.time_since_epoch() + seconds(*time - offset));
}

std::optional<Time> Times::without_year(std::string_view log_line) {
  const auto second = traditional(log_line);
  if (!second) return std::nullopt;
  if (!year_) year_ = last_year_of(*second, latest_);
  const int turned = turn(last_, *second);
  if (turned < 0) return local(*year_ - 1, *second);
  if (turned > 0) {
    // Where nobody said how often the year turns, the first line was a year older than it seemed.
    const auto next = local(*year_ + 1, *second);
    if (next <= latest_ + seconds(day)) ++*year_;
  }
  last_ = second;
  return local(*year_, *second);
}

Time Times::local(int year, std::int64_t second) {
  const auto begin = second / hour * hour;
  if (begin != hour_ || year != hours_year_) {
    begin_of_hour_ = from_local(broken_down(year, begin));
    hour_ = begin;
    hours_year_ = year;
  }
  return begin_of_hour_ + seconds(second - begin);
}

}  // namespace badclients::logs
