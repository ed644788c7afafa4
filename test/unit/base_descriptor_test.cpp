#include "base/descriptor.hpp"

#include <fcntl.h>

#include "catch.hpp"

using badclients::base::Descriptor;

namespace {

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) != -1;
}

int some_file() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

TEST_CASE("a descriptor is closed with its owner", "[base]") {
  const int number = some_file();
  {
    const Descriptor owner{number};
    CHECK(owner.is_open());
    CHECK(owner.number() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a descriptor that was moved or released is its new owner's", "[base]") {
  const int number = some_file();
  Descriptor first{number};
  Descriptor second{std::move(first)};
  CHECK_FALSE(first.is_open());
  CHECK(second.release() == number);
  CHECK_FALSE(second.is_open());
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("who is given another descriptor closes the one before at once", "[base]") {
  const int before = some_file();
  const int after = some_file();
  Descriptor owner{before};
  Descriptor other{after};
  owner = std::move(other);
  CHECK_FALSE(is_open(before));
  CHECK(owner.number() == after);
  owner.close();
  CHECK_FALSE(is_open(after));
  CHECK_FALSE(owner.is_open());
}
