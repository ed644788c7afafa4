#include "base/file.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>

#include "catch.hpp"
#include "pipe.hpp"
#include "temp_folder.hpp"

using namespace badclients::base;

TEST_CASE("a file is read to its end, however large it is", "[base]") {
  const TempFolder folder;
  const std::string text(100'000, 'x');
  const auto file = open_to_read(folder.write("file", text));
  CHECK(read_to_end(file.number(), text.size()).value() == text);
  CHECK(read_to_end(file.number(), 0).value().empty());  // it is at its end
}

TEST_CASE("reading stops where there is more than may be", "[base]") {
  const TempFolder folder;
  const auto file = open_to_read(folder.write("file", "1234"));
  CHECK(read_to_end(file.number(), 3).error() == EFBIG);
  CHECK(read_to_end(open_to_read("/dev/zero").number(), 1000).error() == EFBIG);
}

TEST_CASE("what cannot be read says why", "[base]") {
  const TempFolder folder;
  CHECK(read_to_end(open_to_read(folder.path()).number(), 10).error() == EISDIR);
  CHECK(read_to_end(-1, 10).error() == EBADF);
  CHECK_FALSE(open_to_read(folder / "none").is_open());
  CHECK(errno == ENOENT);
}

TEST_CASE("opening a FIFO does not wait for its writer", "[base]") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(open_to_read(folder / "fifo").is_open());
}

TEST_CASE("a relative path counts from the folder that is named", "[base]") {
  const TempFolder folder;
  folder.write("file", "text");
  const auto open = open_to_read(folder.path(), O_DIRECTORY);
  CHECK(read_to_end(open_to_read("file", 0, open.number()).number(), 10).value() == "text");
}

TEST_CASE("bytes at a place are read as far as there are some", "[base]") {
  const TempFolder folder;
  const auto file = open_to_read(folder.write("file", "0123456789"));
  std::string bytes(4, '.');
  CHECK(read_at(file.number(), bytes.data(), 4, 3) == 4);
  CHECK(bytes == "3456");
  CHECK(read_at(file.number(), bytes.data(), 4, 8) == 2);
  CHECK(bytes == "8956");
  CHECK(read_at(file.number(), bytes.data(), 4, 10) == 0);
  CHECK(read_at(-1, bytes.data(), 4, 0) == -1);
}

TEST_CASE("all is written, also where a pipe takes a part at a time", "[base]") {
  Pipe pipe;
  const std::string text(300'000, 'y');
  std::string read;
  const auto writer = ::fork();
  if (writer == 0) ::_exit(write_all(pipe.writing.number(), text) ? 0 : 1);
  pipe.writing.close();
  CHECK(read_to_end(pipe.reading.number(), text.size()).value() == text);
  int status = 0;
  ::waitpid(writer, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("what cannot be written is false", "[base]") {
  const TempFolder folder;
  const auto file = open_to_read(folder.write("file", ""));
  CHECK_FALSE(write_all(file.number(), "text"));
  CHECK(errno == EBADF);
  CHECK(write_all(file.number(), ""));
}

TEST_CASE("bytes are written at a place", "[base]") {
  const TempFolder folder;
  const auto path = folder.write("file", "0123456789");
  const Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  CHECK(write_all_at(file.number(), "abc", 4));
  CHECK(read_to_end(file.number(), 100).value() == "0123abc789");
  CHECK_FALSE(write_all_at(-1, "abc", 0));
}

TEST_CASE("a lock is held until its descriptor is closed", "[base]") {
  const TempFolder folder;
  const auto path = folder.write("lock", "");
  auto first = open_to_read(path);
  const auto second = open_to_read(path);
  CHECK(lock(first.number(), LOCK_EX | LOCK_NB));
  CHECK_FALSE(lock(second.number(), LOCK_EX | LOCK_NB));
  CHECK(errno == EWOULDBLOCK);
  first.close();
  CHECK(lock(second.number(), LOCK_EX | LOCK_NB));
}
