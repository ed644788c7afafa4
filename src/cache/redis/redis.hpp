#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "base/descriptor.hpp"

struct redisReader;

/// Talking to a Redis or Valkey server (RESP 2, by hiredis), which may be slow, broken or a liar.
namespace badclients::cache {

/// A command's words: {"SET", "key", "value"}. Any bytes.
using RedisCommand = std::vector<std::string>;

struct RedisReply {
  enum class Kind : std::uint8_t { nil, status, error, text, number, list };
  Kind kind = Kind::nil;
  std::string text;  ///< of a status, an error or a text
  std::int64_t number = 0;
  std::vector<RedisReply> list;
};

/// A value that nobody else has: 128 random bits in hexadecimal.
std::string random_token();

/// Takes replies out of the bytes that a server sends.
class RedisReplies {
 public:
  RedisReplies();

  void feed(std::string_view bytes);
  /// The next reply; nothing: it has not come whole yet. Error: that is no RESP 2, a list is longer
  /// than longest_list, or lists stand within lists deeper than deepest_list.
  tl::expected<std::optional<RedisReply>, std::string> next();

  static constexpr std::size_t longest_list = 1024;
  static constexpr std::size_t deepest_list = 7;

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

/// One connection. Not for two threads at once.
class Redis {
 public:
  explicit Redis(base::Descriptor socket) : socket_(std::move(socket)) {}

  /// Sends all commands, and waits for the reply to each. Error: the server did not answer by
  /// `until`, closed the connection, said more than longest_answer, or something that RedisReplies
  /// does not read; the connection is of no use then. A command that fails is no error, but a reply
  /// of Kind::error.
  tl::expected<std::vector<RedisReply>, std::string> converse(
      const std::vector<RedisCommand>& commands, base::Deadline until);

  [[nodiscard]] int descriptor() const { return socket_.number(); }

  static constexpr std::size_t longest_answer = 1024 * 1024;  ///< octets, in one conversation

 private:
  base::Descriptor socket_;
};

}  // namespace badclients::cache
