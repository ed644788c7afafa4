#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "network/shared/redis.hpp"

struct redisReader;

namespace badclients::network {

/// Takes replies out of the bytes that a server sends, with what hiredis knows of the protocol.
class RedisReplies {
 public:
  RedisReplies();

  void feed(std::string_view bytes);
  /// The next reply; nothing: it has not come whole yet. Error: that is no RESP.
  tl::expected<std::optional<RedisReply>, std::string> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace badclients::network
