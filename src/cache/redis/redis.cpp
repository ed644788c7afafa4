#include "cache/redis/redis.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>

#include "net/socket.hpp"

namespace badclients::cache {

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

/// How hiredis makes replies if nobody else does.
const redisReplyObjectFunctions& hiredis_functions() {
  static const redisReplyObjectFunctions functions = [] {
    const std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader(redisReaderCreate(),
                                                                          redisReaderFree);
    if (!reader) throw std::bad_alloc();
    return *reader->fn;
  }();
  return functions;
}

/// How many lists a reply stands in.
std::size_t depth_of(const redisReadTask* task) {
  std::size_t depth = 0;
  while ((task = task->parent) != nullptr) ++depth;
  return depth;
}

/// A null makes hiredis give up. Its own bounds differ: 0.14 (where a size is an int) allows any
/// length, 1.x (a size_t) 11 lists within lists.
template <class Size>
void* make_list(const redisReadTask* task, Size size) {
  const bool too_much = static_cast<std::size_t>(size) > RedisReplies::longest_list ||
                        depth_of(task) >= RedisReplies::deepest_list;
  return too_much ? nullptr : hiredis_functions().createArray(task, size);
}

redisReplyObjectFunctions* bounded_functions() {
  // hiredis keeps the pointer, and never writes to it.
  static redisReplyObjectFunctions functions = [] {
    auto bounded = hiredis_functions();
    bounded.createArray = make_list;
    return bounded;
  }();
  return &functions;
}

/// Nothing: a kind of RESP 3, which nobody asked for.
std::optional<RedisReply> converted(const redisReply& from) {
  using Kind = RedisReply::Kind;
  switch (from.type) {
    case REDIS_REPLY_NIL:
      return RedisReply{};
    case REDIS_REPLY_INTEGER:
      return RedisReply{Kind::number, {}, from.integer, {}};
    case REDIS_REPLY_STATUS:
      return RedisReply{Kind::status, {from.str, from.len}, 0, {}};
    case REDIS_REPLY_ERROR:
      return RedisReply{Kind::error, {from.str, from.len}, 0, {}};
    case REDIS_REPLY_STRING:
      return RedisReply{Kind::text, {from.str, from.len}, 0, {}};
    case REDIS_REPLY_ARRAY:
      break;
    default:
      return std::nullopt;
  }
  RedisReply reply{Kind::list, {}, 0, {}};
  for (std::size_t i = 0; i < from.elements; ++i) {
    auto part = converted(*from.element[i]);
    if (!part) return std::nullopt;
    reply.list.push_back(std::move(*part));
  }
  return reply;
}

}  // namespace

std::string random_token() {
  std::array<std::uint64_t, 2> bits{};
  while (getrandom(bits.data(), sizeof bits, 0) != sizeof bits) {
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

void RedisReplies::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisReplies::RedisReplies() : reader_(redisReaderCreateWithFunctions(bounded_functions())) {
  if (!reader_) throw std::bad_alloc();
}

void RedisReplies::feed(std::string_view bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

tl::expected<std::optional<RedisReply>, std::string> RedisReplies::next() {
  void* object = nullptr;
  const auto read = redisReaderGetReply(reader_.get(), &object);
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> owned(
      static_cast<redisReply*>(object), freeReplyObject);
  if (read == REDIS_OK && !owned) return std::optional<RedisReply>{};
  auto reply = owned ? converted(*owned) : std::nullopt;
  if (!reply) return failed("does not speak as Redis does");
  return reply;
}

tl::expected<std::vector<RedisReply>, std::string> Redis::converse(
    const std::vector<RedisCommand>& commands, base::Deadline until) {
  if (auto sent = net::send_all(socket_, encoded(commands), until); !sent) {
    return failed(sent.error());
  }
  std::vector<RedisReply> replies;
  RedisReplies reader;
  std::array<char, 16 * 1024> buffer;
  std::size_t heard = 0;
  while (replies.size() < commands.size()) {
    // Reads what has come, even late: on a busy machine we may be the slow one.
    if (const auto ready = net::wait_for(socket_, POLLIN, until); !ready) {
      return failed(ready.error());
    }
    const auto size = recv(socket_.number(), buffer.data(), buffer.size(), 0);
    if (size < 0 && net::would_block()) continue;
    if (size <= 0) return failed(size < 0 ? net::error_text(errno) : "closed the connection");
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

}  // namespace badclients::cache
