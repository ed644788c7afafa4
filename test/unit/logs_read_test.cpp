#include "logs/read.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "catch.hpp"
#include "logs/files.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

const auto now = facts::Time(1795300324s);  // 2026-11-21T22:32:04Z

std::string line(const std::string& time, const std::string& user) {
  return time + " mail dovecot: auth: Info: mail-audit: user=<" + user +
         ">, service=imap, ip=192.0.32.1, took=1.0ms\n";
}

void set_time(const std::string& path, facts::Time time) {
  const timespec when{std::chrono::system_clock::to_time_t(time), 0};
  const timespec both[2]{when, when};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), both, 0) == 0);
}

std::string users(const std::vector<logs::Place>& places, const logs::Range& range = {},
                  logs::Tally* tally = nullptr) {
  std::string all;
  const auto read =
      logs::read(places, range, now, [&](const logs::Login& login) { all += login.user; });
  if (tally != nullptr) *tally = read;
  return all;
}

std::vector<facts::Time> times(const std::vector<logs::Place>& places,
                               const logs::Range& range = {}) {
  std::vector<facts::Time> all;
  logs::read(places, range, now, [&](const logs::Login& login) {
    if (login.time) all.push_back(*login.time);
  });
  return all;
}

std::vector<logs::Place> named(const std::string& file) {
  return logs::places({file, "", {}}, {}).value();
}

}  // namespace

TEST_CASE("rotated logs are told by their names") {
  for (const auto* name : {"mail.log.1", "mail.log.2.gz", "mail.log.10.zst", "mail.log-20261101",
                           "mail.log-20261101.xz", "mail-20261101.log", "mail-20261101.log.gz",
                           "mail.log.gz", "mail.log-2026-11-01-1700000000.bz2", "mail.1.log"}) {
    CAPTURE(name);
    CHECK(logs::is_rotated("mail.log", name));
  }
  for (const auto* name : {"mail.log", "mail.log.bak", "mail.log~", "mail.err", "mail.log.1.tar",
                           "mail.log.1x", "xmail.log.1", "mail.log1", "mail.logs", "mail.log."}) {
    CAPTURE(name);
    CHECK_FALSE(logs::is_rotated("mail.log", name));
  }
  CHECK(logs::is_rotated("maillog", "maillog-20261101"));
  CHECK_FALSE(logs::is_rotated("maillog", "maillog"));
}

TEST_CASE("a log is read with what it was rotated to, packed or not, the oldest first") {
  const TempFolder folder;
  const auto log = folder.write("mail.log", line("2026-11-21T10:00:00Z", "f"));
  set_time(folder.write("mail.log.1", line("2026-11-20T10:00:00Z", "e")), now - 24h);
  const auto packed = [&](const std::string& name, const std::string& user, const char* program,
                          facts::Time time) {
    const auto file = folder.write(name, line("2026-11-01T10:00:00Z", user));
    REQUIRE(std::system(fmt::format("{} -q '{}'", program, file).c_str()) == 0);
    for (const auto* ending : {".gz", ".xz", ".zst", ".bz2"}) {
      struct stat status {};
      if (stat((file + ending).c_str(), &status) == 0) set_time(file + ending, time);
    }
  };
  packed("mail.log.2", "d", "gzip", now - 48h);
  packed("mail.log.3", "c", "xz", now - 72h);
  packed("mail.log.4", "b", "zstd --rm", now - 96h);
  packed("mail.log.5", "a", "bzip2", now - 120h);
  set_time(log, now);
  CHECK(users(named(log)) == "abcdef");
  // Files that were written last before the time that is asked for are not opened.
  const auto places = logs::places({log, "", {}}, now - 60h).value();
  CHECK(places.front().size() == 3);
  // A copy that is being packed does not count twice.
  folder.write("mail.log.1.gz", "half a gz");
  folder.write("mail.log.gz", "half a gz");
  CHECK(users(named(log)) == "abcdef");
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  CHECK(users(named("mail.log")) == "abcdef");
  std::filesystem::current_path(here);
}

TEST_CASE("a log that nobody has written to since then is the log all the same") {
  const TempFolder folder;
  const auto log = folder.write("own.log", line("2026-11-01T10:00:00Z", "a"));
  set_time(log, now - 480h);
  const auto other = folder.write("mail.log", line("2026-11-21T10:00:00Z", "b"));
  const logs::Range lately{now - 24h, {}};
  for (const auto& hints :
       {logs::Hints{log, "", {}, folder.path()}, logs::Hints{{}, log, {other}, folder.path()}}) {
    logs::Tally tally;
    CHECK(users(logs::places(hints, lately.since).value(), lately, &tally).empty());
    CHECK(tally.any());
    CHECK(tally.sources == std::vector<std::string>{log});
  }
}

TEST_CASE("lines of other programs tell the years of a log, too") {
  const TempFolder folder;
  const auto file = folder.write(
      "log", line("Oct  1 10:00:00", "a") + "\0\0 what a power failure has left\n\tmore of it\n" +
                 "Jan  2 10:00:00 mail imap: x\n" + line("Nov 20 10:00:00", "b"));
  set_time(file, now);
  const auto read = times(named(file));
  REQUIRE(read.size() == 2);
  CHECK(read.back() - read.front() > 24h * 400);
}

TEST_CASE("a packed log that ends early is read as far as it goes, and said to") {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += line("2026-11-21T10:00:00Z", std::to_string(i % 10));
  const auto file = folder.write("log", text);
  REQUIRE(std::system(fmt::format("gzip -q '{0}' && truncate -s -50 '{0}.gz'", file).c_str()) == 0);
  logs::Tally tally;
  users(named(file + ".gz"), {}, &tally);
  CHECK(tally.logins > 10000);
  CHECK(tally.logins < 20000);
  REQUIRE(tally.troubles.size() == 1);
  CHECK_THAT(tally.troubles.front(), ContainsSubstring(file + ".gz: "));
}

TEST_CASE("logins are counted in and out of the range, and without a time") {
  const TempFolder folder;
  const auto file =
      folder.write("log", line("2026-11-20T10:00:00Z", "a") + line("2026-11-21T10:00:00Z", "b") +
                              line("who knows", "c") + line("2026-11-21T12:00:00Z", "d") +
                              "no audit line\n" + line("2026-11-21T11:00:00Z", "e"));
  logs::Tally tally;
  const facts::Time morning(1795255200s);  // 2026-11-21T10:00:00Z
  const logs::Range range{morning, morning + 2h};
  CHECK(users(named(file), range, &tally) == "bce");
  CHECK(times(named(file), range) == std::vector{morning, morning + 1h});
  CHECK(tally.logins == 3);
  CHECK(tally.outside);
  CHECK(tally.sources == std::vector<std::string>{file});
}

TEST_CASE("lines of any length are read, and what no audit line can be is passed over") {
  const TempFolder folder;
  const auto file =
      folder.write("log", std::string(1000000, 'x') + "\n" + line("2026-11-21T10:00:00Z", "a") +
                              std::string(400000, 'y') + line("2026", "no") + "\n\n" +
                              line("2026-11-21T10:00:00Z", std::string(3000, 'b')) +
                              "mail-audit: user=<last>, ip=None");
  CHECK(users(named(file)) == "a" + std::string(3000, 'b') + "last");
}

TEST_CASE("an empty log is no fault") {
  const TempFolder folder;
  logs::Tally tally;
  CHECK(users(named(folder.write("log", "")), {}, &tally).empty());
  CHECK(tally.troubles.empty());
  CHECK_THAT(tally.why_none(), ContainsSubstring("there is no audit line in " + folder.path()));
}

TEST_CASE("a log that several settings name is looked at once") {
  const TempFolder folder;
  const auto log = folder.write("dovecot.log", "");
  const auto places = logs::places({{}, "auto", {log, log}, folder.path()}, {});
  REQUIRE(places);
  REQUIRE(places->size() == 2);
  CHECK(places->front().front().path == log);
  CHECK(places->back().front().kind == logs::Source::Kind::journal);
}

TEST_CASE("a named log that is none is an error that names it") {
  const TempFolder folder;
  const auto missing = logs::places({folder / "none", "", {}}, {});
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error(), ContainsSubstring(folder / "none: No such file"));
  CHECK_FALSE(logs::places({folder.path(), "", {}}, {}));
}

TEST_CASE("the log is looked for where the configuration, Dovecot, and syslog put it") {
  const TempFolder folder;
  const auto own = folder.write("own.log", line("2026-11-21T10:00:00Z", "a"));
  const auto dovecots = folder.write("dovecot-info.log", line("2026-11-21T10:00:00Z", "b"));
  const auto mail = folder.write("mail.log", line("2026-11-21T10:00:00Z", "c"));
  const auto first = [&](const std::string& general, const std::vector<std::string>& dovecot) {
    auto found = logs::places({{}, general, dovecot, folder.path()}, {}).value();
    std::erase_if(found, [](const logs::Place& place) {
      return place.front().kind == logs::Source::Kind::journal;
    });
    return users(found);
  };
  CHECK(first(own, {dovecots}) == "a");
  CHECK(first("auto", {dovecots, "syslog"}) == "b");
  CHECK(first("auto", {"syslog"}) == "c");
  CHECK(first("syslog", {}) == "c");
  CHECK(first(folder / "not written yet", {dovecots}) == "b");
  const auto nowhere = logs::places({{}, "none", {}, folder.path()}, {});
  REQUIRE_FALSE(nowhere);
  CHECK_THAT(nowhere.error(), ContainsSubstring("general/log is none"));
  // An empty log is not the place: syslog keeps another.
  folder.write("own.log", "");
  CHECK(logs::places({{}, own, {}, folder.path()}, {}).value().size() == 1);
}
