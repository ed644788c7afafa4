#include "lists/lines.hpp"

#include <fcntl.h>

#include "base/descriptor.hpp"
#include "catch.hpp"
#include "lists/blocks.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;
using badclients::base::Descriptor;

namespace {

std::string lines(std::string_view text) {
  std::string result;
  LineReader reader{text};
  while (const auto line = reader.next()) {
    result += std::to_string(line->number) + "=" + std::string{line->text} + ";";
  }
  return result;
}

/// The same from a file, in which it stands behind something else.
std::string lines_in_file(const std::string& text) {
  const TempFolder folder;
  const Descriptor file{
      ::open(folder.write("file", "before" + text + "behind").c_str(), O_RDONLY | O_CLOEXEC)};
  LineReader reader{
      SourceText(file.number(), 6, text.size(), text.find('\n') != std::string::npos)};
  std::string result;
  while (const auto line = reader.next()) {
    result += std::to_string(line->number) + "=" + std::string{line->text} + ";";
  }
  return result;
}

}  // namespace

TEST_CASE("lines end with LF, CRLF, or CR alone, and the last one need not") {
  CHECK(lines("").empty());
  CHECK(lines("a") == "1=a;");
  CHECK(lines("a\n") == "1=a;");
  CHECK(lines("a\n\n b \n") == "1=a;2=;3= b ;");
  CHECK(lines("a\r\nb\r\n") == "1=a;2=b;");
  CHECK(lines("a\r\nb\n") == "1=a;2=b;");
  CHECK(lines("# a\rb\r") == "1=# a;2=b;");
  CHECK(lines("a\r\r\n") == "1=a;");
}

TEST_CASE("a byte order mark is no part of the first line") {
  CHECK(lines("\xef\xbb\xbf# a\nb") == "1=# a;2=b;");
  CHECK(lines("\xef\xbb\xbf").empty());
}

TEST_CASE("control characters and very long lines are faults") {
  CHECK_FALSE(line_fault("a\tb \xc3\xa4\xff"));
  CHECK(line_fault(std::string_view{"a\0b", 3}) ==
        "the line has a control character in it (byte 0x00)");
  CHECK(line_fault("a\x7f"));
  CHECK_FALSE(line_fault(std::string(4096, 'a')));
  CHECK(line_fault(std::string(4097, 'a')) == "the line is longer than 4096 bytes");
}

TEST_CASE("lines are the same in memory and in a file, wherever its blocks end") {
  for (const char end : {'\n', '\r'}) {
    std::string text = "\xef\xbb\xbf";
    for (std::size_t i = 0; text.size() < 3 * block_size; ++i) {
      text += std::string(i % 117, 'x') + end;
    }
    for (std::size_t less = 0; less < 130; ++less) {
      const auto part = text.substr(less, block_size + 300);
      REQUIRE(lines_in_file(part) == lines(part));
    }
    REQUIRE(lines_in_file(text) == lines(text));
  }
  CHECK(lines_in_file("") == "");
  CHECK(lines_in_file("a") == "1=a;");
}

TEST_CASE("of a line that is too long enough is kept to see that") {
  const std::string text = "a\n" + std::string(3 * block_size, 'x') + "\nb\n";
  const TempFolder folder;
  const Descriptor file{::open(folder.write("file", text).c_str(), O_RDONLY | O_CLOEXEC)};
  LineReader reader{SourceText(file.number(), 0, text.size(), true)};
  CHECK(reader.next()->text == "a");
  const auto line = reader.next();
  CHECK(line->text.size() < 5000);
  CHECK(line_fault(line->text));
  CHECK(reader.next()->text == "b");
  CHECK_FALSE(reader.next());
}
