#include "base/hash.hpp"

#include <set>
#include <string>

#include "catch.hpp"

using badclients::base::hash;

TEST_CASE("every byte counts for a hash, and so does the length", "[base]") {
  const std::string text = "0123456789abcdef0123";
  std::set<std::uint64_t> found{hash(text)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] ^= 1;
    CHECK(found.insert(hash(other)).second);
    CHECK(found.insert(hash(std::string_view(text).substr(0, i))).second);
  }
  CHECK(hash(std::string("a")) != hash(std::string("a\0", 2)));
}

TEST_CASE("a hash goes on from another", "[base]") {
  CHECK(hash("b", hash("a")) == hash("b", hash("a")));
  CHECK(hash("b", hash("a")) != hash("a", hash("b")));
  CHECK(hash("", hash("a")) != hash("a"));
}
