#include "registry/compile/input.hpp"

#include "catch.hpp"
#include "registry_files.hpp"

using namespace badclients;
using badclients::test::gzipped;
using badclients::test::OpenFile;
using registry::Input;

namespace {

constexpr std::uint64_t plenty = 100'000'000;

struct Read {
  std::vector<std::string> lines;
  std::string error;
  bool complete = true;
};

Read read(const std::string& content, std::uint64_t most = plenty) {
  const TempFolder folder;
  const OpenFile file{folder, content};
  Input input{file.descriptor(), most};
  Read result;
  for (;;) {
    const auto line = input.next();
    if (!line) {
      result.error = line.error();
      CHECK(input.next().error() == result.error);
      return result;
    }
    if (!*line) break;
    result.lines.emplace_back(**line);
    CHECK(input.line() == result.lines.size());
  }
  CHECK(!*input.next());
  result.complete = input.complete();
  return result;
}

}  // namespace

TEST_CASE("a publisher's file gives its lines, compressed or not", "[registry]") {
  const std::string text = "one\n\ntwo\r\nthree\n";
  const std::vector<std::string> lines{"one", "", "two\r", "three"};
  CHECK(read(text).lines == lines);
  CHECK(read(gzipped(text)).lines == lines);
  CHECK(read(gzipped("one\n\ntw") + gzipped("o\r\nthree\n")).lines == lines);
  CHECK(read(text).complete);
  CHECK(read("").lines.empty());
  CHECK(read(gzipped("")).lines.empty());
}

TEST_CASE("a last line without end counts, and is told apart", "[registry]") {
  const auto plain = read("one\ntwo"), packed = read(gzipped("one\ntwo"));
  CHECK(plain.lines == std::vector<std::string>{"one", "two"});
  CHECK_FALSE(plain.complete);
  CHECK(packed.lines == plain.lines);
  CHECK_FALSE(packed.complete);
}

TEST_CASE("lines may cross the buffer's end, and are cut where they are endless", "[registry]") {
  std::string text;
  std::vector<std::string> lines;
  for (unsigned i = 0; i < 40; ++i) {
    lines.emplace_back(20'011 + i, static_cast<char>('a' + i % 26));
    text += lines.back() + '\n';
  }
  CHECK(read(text).lines == lines);
  CHECK(read(gzipped(text)).lines == lines);
  const auto endless = read(std::string(1'000'000, 'x') + "\nnext\n");
  REQUIRE(endless.lines.size() == 2);
  CHECK(endless.lines[0] == std::string(Input::longest_line, 'x'));
  CHECK(endless.lines[1] == "next");
}

TEST_CASE("a compressed file that is cut, damaged or has rubbish behind it is an error",
          "[registry]") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919) + '\n';
  const auto whole = gzipped(text);
  for (std::size_t length = 3; length < whole.size(); length += whole.size() / 50) {
    CHECK_THAT(read(whole.substr(0, length)).error, ContainsSubstring("cut short"));
  }
  CHECK_THAT(read(whole.substr(0, whole.size() - 1)).error, ContainsSubstring("cut short"));
  auto damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 1);
  CHECK_THAT(read(damaged).error, ContainsSubstring("damaged"));
  auto wrong_sum = whole;
  wrong_sum[whole.size() - 6] = static_cast<char>(wrong_sum[whole.size() - 6] ^ 1);
  CHECK_THAT(read(wrong_sum).error, ContainsSubstring("damaged"));
  CHECK_THAT(read(whole + "rubbish").error, ContainsSubstring("damaged"));
}

TEST_CASE("a file larger than it may be is an error, however small it is packed", "[registry]") {
  const std::string text(300'000, '\n');
  CHECK(read(text, 300'000).error.empty());
  CHECK_THAT(read(text, 299'999).error, ContainsSubstring("larger"));
  CHECK_THAT(read(gzipped(text), 299'999).error, ContainsSubstring("larger"));
}

TEST_CASE("a file that cannot be read is an error", "[registry]") {
  Input input{-1, plenty};
  CHECK_FALSE(input.next());
}
