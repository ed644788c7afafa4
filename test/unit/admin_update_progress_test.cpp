#include "admin/update/progress.hpp"

#include <sstream>

#include "catch.hpp"

using badclients::admin::update::Progress;

TEST_CASE("progress is one line that grows, and goes away in the end") {
  std::ostringstream terminal;
  {
    Progress progress(terminal, "aws");
    progress.show(0, 0);
    CHECK(terminal.str().empty());
    progress.show(1'000'000, 2'000'000);
    CHECK(terminal.str() == "\raws: [###############...............] 1.0 MB of 2.0 MB\x1b[K");
    progress.show(1'000'001, 2'000'000);
    CHECK(terminal.str().find("MB", 70) == std::string::npos);
    progress.show(2'000'000, 2'000'000);
    CHECK_THAT(terminal.str(), ContainsSubstring("[##############################] 2.0 MB"));
  }
  CHECK(terminal.str().ends_with("\r\x1b[K"));
}

TEST_CASE("progress of a file whose size nobody knows, or that outgrows it") {
  std::ostringstream terminal;
  Progress progress(terminal, "aws");
  progress.show(1500, 0);
  CHECK(terminal.str() == "\raws: 2 kB\x1b[K");
  progress.show(3000, 2000);
  CHECK_THAT(terminal.str(), ContainsSubstring("[##############################] 3 kB of 2 kB"));
}

TEST_CASE("where nothing was shown, nothing is wiped") {
  std::ostringstream terminal;
  { const Progress progress(terminal, "aws"); }
  CHECK(terminal.str().empty());
}
