#include "checkpassword/credentials.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "catch.hpp"

using badclients::checkpassword::read_user;
using namespace std::string_literals;

namespace {

/// What read_user makes of these bytes in a pipe; it must close its end.
tl::expected<std::string, std::string> user_of(const std::string& bytes) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(ends[1]);
  auto user = read_user(ends[0]);
  CHECK(::fcntl(ends[0], F_GETFD) == -1);
  return user;
}

std::string error_of(const std::string& bytes) {
  const auto user = user_of(bytes);
  REQUIRE_FALSE(user);
  CHECK(user.error().find("secret") == std::string::npos);
  return user.error();
}

}  // namespace

TEST_CASE("the user name stands before the first NUL") {
  CHECK(user_of("alice\0secret\0\0"s).value() == "alice");
  CHECK(user_of("alice\0secret\0Y123456\0more"s).value() == "alice");
  CHECK(user_of("alice\0\0\0"s).value() == "alice");  // a credentials lookup has no password
  CHECK(user_of("alice\0secret\0"s).value() == "alice");
  CHECK(user_of("a\nb\tc \xff\0secret\0\0"s).value() == "a\nb\tc \xff");
}

TEST_CASE("credentials that do not follow the interface are refused, and never quoted") {
  CHECK_THAT(error_of(""), ContainsSubstring("empty (expected: user NUL password NUL timestamp"));
  CHECK_THAT(error_of("secret"), ContainsSubstring("no NUL behind the user name"));
  CHECK_THAT(error_of("alice\0secret"s), ContainsSubstring("no NUL behind the password"));
  CHECK_THAT(error_of("\0secret\0\0"s), ContainsSubstring("the user name is empty"));
}

TEST_CASE("credentials end with their third NUL, whoever else holds the pipe open") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const auto bytes = "alice\0secret\0\0"s;
  REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  CHECK(read_user(ends[0]).value() == "alice");  // would hang
  ::close(ends[1]);
}

TEST_CASE("credentials have 512 bytes at most") {
  const auto of_size = [](std::size_t size) {
    return "alice\0"s + std::string(size - 8, 'x') + "\0\0"s;
  };
  CHECK(user_of(of_size(512)).value() == "alice");
  CHECK_THAT(error_of(of_size(513)), ContainsSubstring("longer than 512 bytes"));
  CHECK_THAT(error_of(of_size(60'000)), ContainsSubstring("longer than 512 bytes"));
  CHECK(user_of(of_size(512) + std::string(600, 'x')).value() == "alice");
}

TEST_CASE("a descriptor that is not open is an error that names it") {
  const int closed = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 200);
  ::close(closed);
  CHECK(read_user(closed).error() ==
        "credentials on descriptor " + std::to_string(closed) + ": Bad file descriptor");
}
