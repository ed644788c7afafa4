#include "network/shared/redis.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include <hiredis/hiredis.h>

#include "network/shared/redis_replies.hpp"

namespace badclients::network {

namespace {

std::string encoded(const std::vector<RedisCommand>& commands) {
  std::string bytes;
  for (const auto& command : commands) {
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const auto& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    char* text = nullptr;
    const auto size =
        redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    bytes.append(text, static_cast<std::size_t>(size));
    redisFreeCommand(text);
  }
  return bytes;
}

tl::unexpected<std::string> failed(std::string what) {
  return tl::unexpected<std::string>(std::move(what));
}

/// What there is to read or write counts even where it comes to our notice late: on a busy machine
/// the one who was slow may have been we.
tl::expected<void, std::string> wait_for(int descriptor, short events, base::Deadline until) {
  pollfd waiting{descriptor, events, 0};
  for (;;) {
    const int ready = poll(&waiting, 1, poll_timeout(until));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return failed(error_text(errno));
    if (std::chrono::steady_clock::now() >= until) return failed("no answer in time");
  }
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

tl::expected<std::vector<RedisReply>, std::string> Redis::converse(
    const std::vector<RedisCommand>& commands, base::Deadline until) {
  const auto bytes = encoded(commands);
  std::string_view to_send = bytes;
  std::vector<RedisReply> replies;
  RedisReplies reader;
  std::array<char, 16 * 1024> buffer;
  std::size_t heard = 0;
  while (replies.size() < commands.size()) {
    const short writing = to_send.empty() ? 0 : POLLOUT;
    if (const auto ready = wait_for(socket_.get(), static_cast<short>(POLLIN | writing), until);
        !ready) {
      return failed(ready.error());
    }
    if (!to_send.empty()) {
      const auto sent = send(socket_.get(), to_send.data(), to_send.size(), MSG_NOSIGNAL);
      if (sent < 0 && !would_block()) return failed(error_text(errno));
      if (sent > 0) to_send.remove_prefix(static_cast<std::size_t>(sent));
    }
    const auto size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size == 0) return failed("closed the connection");
    if (size < 0) {
      if (!would_block()) return failed(error_text(errno));
      continue;
    }
    heard += static_cast<std::size_t>(size);
    if (heard > longest_answer) return failed("an answer longer than 1 MiB");
    reader.feed({buffer.data(), static_cast<std::size_t>(size)});
    while (replies.size() < commands.size()) {
      auto reply = reader.next();
      if (!reply) return failed(reply.error());
      if (!*reply) break;
      replies.push_back(std::move(**reply));
    }
  }
  return replies;
}

}  // namespace badclients::network
