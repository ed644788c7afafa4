#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "network/transport/socket.hpp"

/// Talking to a Redis or Valkey server (RESP 2, by hiredis), which may be slow, broken or a liar.
namespace badclients::network {

/// A command's words: {"SET", "key", "value"}. Any bytes.
using RedisCommand = std::vector<std::string>;

struct RedisReply {
  enum class Kind : std::uint8_t { nil, status, error, text, number, list };
  Kind kind = Kind::nil;
  std::string text;  ///< of a status, an error or a text
  std::int64_t number = 0;
  std::vector<RedisReply> list;
};

/// One connection. Not for two threads at once.
class Redis {
 public:
  explicit Redis(Socket socket) : socket_(std::move(socket)) {}

  /// Sends all commands, and waits for the reply to each. Error: it did not answer by `until`,
  /// closed the connection, spoke something else, said more than longest_answer, made a list of
  /// more than longest_list or lists within lists deeper than deepest_list; the connection is of no
  /// use then. That a command failed is no error, but a reply of Kind::error.
  tl::expected<std::vector<RedisReply>, std::string> converse(
      const std::vector<RedisCommand>& commands, base::Deadline until);

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  static constexpr std::size_t longest_answer = 1024 * 1024;  ///< octets, in one conversation
  static constexpr std::size_t longest_list = 1024;
  static constexpr std::size_t deepest_list = 7;

 private:
  Socket socket_;
};

}  // namespace badclients::network
