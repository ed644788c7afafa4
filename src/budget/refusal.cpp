#include "budget/refusal.hpp"

#include <fmt/format.h>

#include <ctime>

namespace badclients::budget {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds before_another_try{1};

/// RFC 3339: the first whole second that is later.
std::string timestamp(std::int64_t milliseconds_since_1970) {
  const std::time_t seconds = milliseconds_since_1970 / 1000 + 1;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::int64_t in_ms(facts::Time time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

facts::Time time_of(std::int64_t ms) {
  return facts::Time{milliseconds{ms}};
}

Refusal used_up(const Count& count, std::int64_t now, std::int64_t until) {
  return {milliseconds{until - now},
          fmt::format("its budget of {} {}is used up until {}", count.limit.str(),
                      count.of.empty() ? "" : fmt::format("for {} ", in_words(count)),
                      timestamp(until))};
}

Refusal left_alone(std::int64_t now, std::int64_t until, std::string_view reason) {
  return {milliseconds{until - now},
          fmt::format("it wants to be left alone until {}{}{}", timestamp(until),
                      reason.empty() ? "" : ": ", reason)};
}

Refusal not_known(std::string_view why) {
  return {before_another_try, fmt::format("its budget is not known: {}", why)};
}

}  // namespace badclients::budget
