#include "lists/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.hpp"
#include "temp_folder.hpp"

using badclients::lists::folder_names;
using badclients::lists::is_set_aside;
using badclients::lists::line_fault;
using badclients::lists::LineReader;
using badclients::lists::read_file;

namespace {

std::string lines(std::string_view text) {
  std::string result;
  LineReader reader{text};
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

TEST_CASE("a file is read whole") {
  const TempFolder folder;
  const std::string text("a\0b\n", 4);
  CHECK(read_file(folder.write("small", text)).value() == text);
  CHECK(read_file(folder.write("empty", "")).value().empty());
  const std::string large(3'000'000, 'x');
  CHECK(read_file(folder.write("large", large)).value() == large);
  CHECK_FALSE(read_file("/proc/self/status").value().empty());  // says that it has 0 bytes
}

TEST_CASE("what is no regular file is refused, and nothing waits for it") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(read_file(folder / "fifo").error().reason == "is no regular file");
  CHECK(read_file("/dev/zero").error().reason == "is no regular file");
  CHECK(read_file(folder.path()).error().reason == "is a folder, where a file should be");
  CHECK_FALSE(read_file(folder.path()).error().missing);
}

TEST_CASE("a missing file is told from one that cannot be read") {
  const TempFolder folder;
  CHECK(read_file(folder / "none").error().missing);
  CHECK(read_file(folder / "none/inner").error().missing);
  folder.write("file", "");
  CHECK(read_file(folder / "file/inner").error().missing);
  std::filesystem::create_symlink("nowhere", folder / "link");
  CHECK_FALSE(read_file(folder / "link").error().missing);
  CHECK(read_file(folder / "link").error().reason ==
        "is a symbolic link to something that does not exist");
  std::filesystem::create_symlink("circle", folder / "circle");
  CHECK_FALSE(read_file(folder / "circle").error().missing);
  if (geteuid() != 0) {
    folder.write("closed", "x", 0);
    CHECK(read_file(folder / "closed").error().reason == "Permission denied");
  }
}

TEST_CASE("a file over 256 MiB is refused unread") {
  const TempFolder folder;
  const auto path = folder.write("huge", "x");
  std::filesystem::resize_file(path, (256U << 20U) + 1);  // sparse
  CHECK(read_file(path).error().reason == "is larger than 256 MiB");
}

TEST_CASE("a folder's names come in order") {
  const TempFolder folder;
  for (const auto* name : {"b", "a", "10", "9", ".hidden"}) folder.write(name, "");
  CHECK(folder_names(folder.path()).value() ==
        std::vector<std::string>{".hidden", "10", "9", "a", "b"});
  CHECK(folder_names(folder / "none").error().missing);
  CHECK_FALSE(folder_names(folder / "a").error().missing);
}

TEST_CASE("backups of editors and package managers are set aside") {
  for (const auto* name : {".ip_net.deny.lst.swp", "ip_net.deny.lst~", "ip_net.deny.lst.bak",
                           "#ip_net.deny.lst#", "ip_net.deny.lst.dpkg-old", "x.rpmnew"}) {
    CHECK(is_set_aside(name));
  }
  CHECK_FALSE(is_set_aside("ip_net.deny.lst"));
}
