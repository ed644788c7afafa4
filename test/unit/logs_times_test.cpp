#include "logs/times.hpp"

#include <stdlib.h>
#include <time.h>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace badclients;
using logs::Times;
using logs::Turns;
using namespace std::chrono_literals;

namespace {

facts::Time at(std::time_t seconds) {
  return std::chrono::system_clock::from_time_t(seconds);
}

/// The process's time zone, for as long as a test takes.
class Zone {
 public:
  explicit Zone(const char* name) : saved_(getenv("TZ") == nullptr ? "" : getenv("TZ")) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    if (saved_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", saved_.c_str(), 1);
    }
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string saved_;
};

const auto now = at(1795300324);  // 2026-11-21T22:32:04Z

std::optional<facts::Time> of(std::string_view line) {
  return Times{now}.of(line);
}

/// The years of a log's lines, if the last of them is of `now` or before.
std::vector<int> years(const std::vector<std::string>& lines, bool looked_through) {
  Turns turns;
  for (const auto& line : lines) turns.look_at(line);
  Times times{now, looked_through ? turns.first_year(now) : std::nullopt};
  std::vector<int> result;
  for (const auto& line : lines) {
    const auto days = std::chrono::floor<std::chrono::days>(times.of(line).value());
    result.push_back(static_cast<int>(std::chrono::year_month_day(days).year()));
  }
  return result;
}

}  // namespace

TEST_CASE("the time of a line is read, in every format that logs have") {
  const Zone zone("UTC0");
  CHECK(of("2026-11-21T22:12:04Z mail") == at(1795299124));
  CHECK(of("2026-11-21T23:12:04+0100 badclients[1]: x") == at(1795299124));
  CHECK(of("2026-11-21T23:12:04.123456+01:00 mail") == at(1795299124));
  CHECK(of("2026-11-21T17:42:04-04:30 mail") == at(1795299124));
  CHECK(of("2026-11-21 22:12:04 mail") == at(1795299124));
  CHECK(of("Nov 21 22:12:04 mail") == at(1795299124));
  CHECK(of("Nov  1 22:12:04 mail") == at(1795299124 - 20 * 86400));
  CHECK(of("1795299124.123456 mail dovecot[1]: x") == at(1795299124));
  // There is no year: December is last year's.
  CHECK(of("Dec 21 22:12:04 mail") == at(1795299124 - 335 * 86400));
  // A clock that is a little ahead is not a year behind.
  CHECK(of("Nov 21 22:33:04 mail") == at(1795300384));
  // journalctl of a German system, as in the original's manual
  CHECK(of("Mai 06 04:20:25 honeypot") == at(1778041225));
  CHECK(of("M\xc3\xa4r 06 04:20:25 x") == of("Mar 06 04:20:25 x"));
  CHECK(of("Okt 06 04:20:25 x") == of("Oct  6 04:20:25 x"));
  for (const auto* line :
       {"", "Foo 06 04:20:25 x", "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-21",
        "12:00:00", "Nov 21", "Nov 32 00:00:00", "Nov 21 24:00:00", "Nov 21 22:12:04x",
        "1795299124", "12.5 x", "99999999999999999999.1", "17953003240.5 x", "9999-11-21T22:12:04Z",
        "0001-11-21 22:12:04", "-5", "2026-11-21T22:12:04+x", "2025-02-29T00:00:00Z"}) {
    CAPTURE(line);
    CHECK_FALSE(of(line).has_value());
  }
  CHECK(of("2024-02-29 00:00:00 x") == at(1709164800));
  CHECK(of("Dec 31 23:59:60 x") == of("Dec 31 23:59:59 x"));
  CHECK(Times{now}.iso("2026-11-21T22:12:04Z") == at(1795299124));
  CHECK_FALSE(Times{now}.iso("2026-11-21T22:12:04Z tomorrow").has_value());
}

TEST_CASE("local times follow the zone, through the hour that is there twice and that is not") {
  const Zone zone("Europe/Berlin");
  CHECK(of("2026-07-01 12:00:00 x") == at(1782900000));
  CHECK(of("2026-11-21 23:12:04 x") == at(1795299124));
  CHECK(of("2026-10-25 03:00:00 x") == at(1792893600));
  CHECK(of("2026-03-29 03:00:00 x") == at(1774746000));
  Times times{now};
  for (int minute = 0; minute < 48 * 60; ++minute) {
    const auto time = at(1792800000 + minute * 60);
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[64];
    std::strftime(text, sizeof text, "%b %e %H:%M:%S x", &local);
    const auto read = times.of(text).value();
    CAPTURE(text);
    CHECK((read == time || (local.tm_hour == 2 && std::chrono::abs(read - time) == 1h)));
  }
}

TEST_CASE("the order of the lines tells their years") {
  const Zone zone("UTC0");
  const std::vector<std::string> lines{
      "Nov 20 10:00:00 a",    "Dec 31 23:59:59 a", "Jan  1 00:00:00 a", "Dec 31 23:59:58 late",
      "Jan  1 00:00:02 a",    "Jan  1 00:00:01 a", "Feb 29 00:00:00 a", "Dec  1 00:00:00 a",
      "Nov 30 23:59:59 late", "Mar  1 00:00:00 a", "Sep  1 00:00:00 a", "Nov 21 00:00:00 a"};
  CHECK(years(lines, true) ==
        std::vector<int>{2024, 2024, 2025, 2024, 2025, 2025, 2025, 2025, 2025, 2026, 2026, 2026});
  // Once through a log that nobody could look at before: no line is of the future.
  const std::vector<std::string> winter{"Dec 30 10:00:00 a", "Jan  2 10:00:00 a",
                                        "Nov 21 00:00:00 a"};
  CHECK(years(winter, false) == std::vector<int>{2025, 2026, 2026});
  CHECK(years({"Nov 20 00:00:00 a", "Jan  2 10:00:00 a", "Nov 20 00:00:00 a"}, false) ==
        std::vector<int>{2026, 2026, 2026});
  CHECK(years({"Nov 20 00:00:00 a", "Jan  2 10:00:00 a", "Nov 20 00:00:00 a"}, true) ==
        std::vector<int>{2025, 2026, 2026});
  CHECK(years({"Dec 20 00:00:00 a", "Dec 21 10:00:00 a"}, true) == std::vector<int>{2025, 2025});
  CHECK_FALSE(Turns{}.first_year(now).has_value());
}
