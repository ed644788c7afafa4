// What base does for every room, no other room does for itself.

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

namespace fs = std::filesystem;

namespace {

struct Kind {
  std::string what;
  std::regex pattern;
  std::vector<std::string> exceptions;  ///< files that have a reason
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"reading a number", std::regex{R"(\bfrom_chars\b)"}, {}},
      {"a class that owns a descriptor", std::regex{R"(\bclass (Descriptor|Fd)\b)"}, {}},
      {"closing a descriptor with its owner", std::regex{R"(~\w+\(\)[^;]*\bclose\(\w+_\))"}, {}},
      {"reading on after a signal", std::regex{R"([\w:]*\bp?read\([^;]*;\s*if \([^;]*EINTR)"}, {}},
      {"writing on after a signal",
       std::regex{R"([\w:]*\bp?write\([^;]*;\s*if \([^;]*EINTR)"},
       // They write what a descriptor takes at the moment.
       {"audit/sink.cpp"}},
      {"locking a file", std::regex{R"((^|[^\w ])\s*flock\()"}, {}},
      {"a hash",
       std::regex{R"(0xcbf29ce484222325|0x100000001b3|0x9e3779b97f4a7c15)"},
       // Mixes a number, and no text, for each few bytes of a value.
       {"lists/index_format.hpp"}},
      {"a file as a stream", std::regex{R"(istreambuf_iterator|\bifstream\b)"}, {}},
      {"a regular file to its end",
       std::regex{R"(S_ISREG\([^}]*\}?[^}]*\}?[^}]*\bread_to_end\()"},
       // Takes /dev/null for an empty one.
       {"config/load.cpp"}},
      {"case of letters", std::regex{R"(\?[^?;]*- 'A' \+ 'a')"}, {}},
      {"the bytes of a character", std::regex{R"(& 0xc0[uU]?\)+ [!=]= 0x80)"}, {}},
  };
  return all;
}

std::string source_root() {
  return BADCLIENTS_SOURCE_ROOT "/src";
}

/// Sources outside of base in which `kind` is found, and must not be.
std::vector<std::string> written_again(const Kind& kind) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(source_root())) {
    const auto name = fs::relative(entry.path(), source_root()).string();
    const auto extension = entry.path().extension();
    if ((extension != ".cpp" && extension != ".hpp") || name.starts_with("base/")) continue;
    const auto text = read_whole_file(entry.path());
    const bool excepted =
        std::find(kind.exceptions.begin(), kind.exceptions.end(), name) != kind.exceptions.end();
    if (!excepted && std::regex_search(text, kind.pattern)) found.push_back(name);
  }
  return found;
}

}  // namespace

TEST_CASE("what base does is not written again", "[base]") {
  for (const auto& kind : kinds()) {
    CAPTURE(kind.what);
    CHECK(written_again(kind) == std::vector<std::string>{});
  }
}

TEST_CASE("code that base replaced is found where somebody writes it again", "[base]") {
  const std::vector<std::pair<std::string, std::string>> before{
      {"reading a number", "std::from_chars(a, b, c)"},
      {"a class that owns a descriptor", "class Descriptor {"},
      {"closing a descriptor with its owner",
       "~Socket() {\n  if (descriptor_ >= 0) close(descriptor_);"},
      {"reading on after a signal",
       "const auto count = ::read(file, a, b);\n  if (count < 0 && errno == EINTR) continue;"},
      {"writing on after a signal",
       "const auto count = write(file, a, b);\n  if (count < 0 && errno == EINTR) continue;"},
      {"locking a file", "while (::flock(descriptor, how) != 0) {"},
      {"a hash", "hash = (hash ^ byte) * 0x100000001b3U"},
      {"a file as a stream", "std::ifstream file(path);"},
      {"a regular file to its end",
       "if (!S_ISREG(status.st_mode)) return reason;\n  return base::read_to_end(file, most);"},
      {"case of letters", "c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c"},
      {"the bytes of a character", "(static_cast<std::uint8_t>(c) & 0xc0) != 0x80"},
  };
  for (const auto& [what, text] : before) {
    CAPTURE(what);
    const auto& all = kinds();
    const auto kind =
        std::find_if(all.begin(), all.end(), [&](const Kind& each) { return each.what == what; });
    REQUIRE(kind != all.end());
    CHECK(std::regex_search(text, kind->pattern));
  }
  CHECK(before.size() == kinds().size());
}
