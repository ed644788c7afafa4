#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/descriptor.hpp"
#include "catch.hpp"

/// A pipe, close-on-exec.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reading = badclients::base::Descriptor{ends[0]};
    writing = badclients::base::Descriptor{ends[1]};
  }
  badclients::base::Descriptor reading, writing;
};
