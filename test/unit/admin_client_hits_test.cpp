#include "admin/client_hits.hpp"

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using admin::count_hits;
using admin::LogSource;

namespace {

const auto now = std::chrono::system_clock::from_time_t(1795300324);  // 2026-11-21T22:32:04Z

std::string line(const std::string& time, const std::string& rest) {
  return time + " mail dovecot: auth: Info: mail-audit: user=<a>, service=imap, ip=192.0.32.1, " +
         rest + "\n";
}

}  // namespace

TEST_CASE("hits are counted by client, as far back as asked for") {
  const TempFolder folder;
  const auto file = folder.write(
      "log", line("2026-11-20T10:00:00Z", "blocked=True, client=<A>, took=1ms") +
                 line("2026-11-21T10:00:00Z", "would_block=True, client=<A>, took=1ms") +
                 line("2026-11-21T10:00:00Z", "blocked=True, client=<B \\x3c1\\x3e>, took=1ms") +
                 line("2026-10-01T10:00:00Z", "blocked=True, client=<A>, took=1ms") +
                 line("2026-11-21T10:00:00Z", "blocked=True, matched=ip_net, took=1ms") +
                 line("2026-11-21T10:00:00Z", "client=<A>, nonsense") + "no audit line\n" +
                 line("Mai 06 04:20:25", "blocked=True, client=<C>") + "the last has no end");
  const auto hits = count_hits({file, true}, now - 30 * 24h, now);
  REQUIRE(hits);
  CHECK(*hits == admin::ClientHits{{"A", 2}, {"B <1>", 1}, {"C", 1}});
}

TEST_CASE("a log that cannot be read is an error that names it") {
  const TempFolder folder;
  const auto missing = count_hits({folder / "none", true}, now, now);
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error(), ContainsSubstring(folder / "none: No such file"));
  CHECK_FALSE(count_hits({folder.path(), true}, now, now));
}

TEST_CASE("the log is where the command line says, else where the configuration does") {
  CHECK(admin::log_source("/x", "/y")->file == "/x");
  CHECK(admin::log_source("", "/y")->file == "/y");
  CHECK(admin::log_source("", "auto")->file.empty());
  CHECK(admin::log_source("", "syslog")->file.empty());
  CHECK_FALSE(admin::log_source("", "none"));
}
