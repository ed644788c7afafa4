#include <time.h>

#include <chrono>
#include <string>

#include "audit/parse.hpp"

namespace badclients::audit {

namespace {

using Time = std::chrono::system_clock::time_point;

/// More than any time that a line begins with.
constexpr std::size_t longest_time = 64;

Time from_local(std::tm time) {
  time.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&time));
}

/// 2026-11-21T23:12:04.5+01:00
std::optional<Time> iso(const char* line) {
  std::tm time{};
  const char* rest = ::strptime(line, "%Y-%m-%dT%H:%M:%S", &time);
  if (rest == nullptr) rest = ::strptime(line, "%Y-%m-%d %H:%M:%S", &time);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.' || *rest == ',') {
    do {
      ++rest;
    } while (*rest >= '0' && *rest <= '9');
  }
  std::tm zone{};
  const bool local = *rest == ' ' || ::strptime(rest, "%z", &zone) == nullptr;
  if (local) return from_local(time);
  return std::chrono::system_clock::from_time_t(::timegm(&time) - zone.tm_gmtoff);
}

/// Nov 21 23:12:04
std::optional<Time> traditional(const char* line, Time now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm today{};
  localtime_r(&seconds, &today);
  std::tm time{};
  time.tm_year = today.tm_year;
  if (::strptime(line, "%b %d %H:%M:%S", &time) == nullptr) return std::nullopt;
  if (from_local(time) > now + std::chrono::hours(24)) --time.tm_year;
  return from_local(time);
}

}  // namespace

std::optional<Time> written_at(std::string_view log_line, Time now) {
  const std::string begin{log_line.substr(0, longest_time)};
  if (const auto time = iso(begin.c_str())) return time;
  return traditional(begin.c_str(), now);
}

}  // namespace badclients::audit
