#include "config/shared_place.hpp"

#include "catch.hpp"

using namespace badclients::config;

TEST_CASE("a shared cache is at a host and port, or at a socket") {
  const auto redis = read_shared_place("redis://cache.example:6379/2").value();
  CHECK(redis.host == "cache.example");
  CHECK(redis.port == 6379);
  CHECK(redis.database == 2);
  CHECK(redis.socket.empty());
  CHECK(redis.password.empty());
  CHECK(redis.str() == "redis://cache.example:6379/2");
  CHECK(read_shared_place("redis://[::1]:1").value().str() == "redis://[::1]:1");
  CHECK(read_shared_place("redis://127.0.0.1:1/").value().database == 0);

  const auto socket = read_shared_place("unix:/run/redis/redis.sock").value();
  CHECK(socket.socket == "/run/redis/redis.sock");
  CHECK(socket.str() == "unix:/run/redis/redis.sock");
}

TEST_CASE("an account of a shared cache is read, percent signs and all, and never shown") {
  const auto both = read_shared_place("redis://mail:p%40ss%3a/:w@h:1/3").value();
  CHECK(both.user == "mail");
  CHECK(both.password == "p@ss:/:w");
  CHECK(both.str() == "redis://h:1/3");
  const auto password_only = read_shared_place("redis://:secret@h:1").value();
  CHECK(password_only.user.empty());
  CHECK(password_only.password == "secret");
  CHECK_THAT(read_shared_place("redis://u:secret@h:x/").error(), !ContainsSubstring("secret"));
}

TEST_CASE("what is no place of a shared cache is refused") {
  for (const auto* text :
       {"", "redis:127.0.0.1:6379", "redis://127.0.0.1", "redis://h:1/x", "redis://h:1/65536",
        "unix:redis.sock", "unix:", "http://h:1/", "rediss://h:1/", "redis://user@h:1",
        "redis://u:@h:1", "redis://u:%4@h:1", "redis://u:%zz@h:1", "redis://u:%+1@h:1"}) {
    INFO(text);
    CHECK_FALSE(read_shared_place(text));
  }
  CHECK_FALSE(read_shared_place("unix:/" + std::string(107, 'x')));
}
