#include "network/shared/redis_replies.hpp"

#include <hiredis/hiredis.h>

#include <new>

namespace badclients::network {

namespace {

using Kind = RedisReply::Kind;

/// Where hiredis wants a reply to be: on the heap, or in the list that it is part of. Null stands
/// for want of memory, and makes hiredis give up.
template <class Fill>
void* make(const redisReadTask* task, Fill fill) {
  try {
    if (task->parent == nullptr) {
      auto reply = std::make_unique<RedisReply>();
      fill(*reply);
      return reply.release();
    }
    auto& list = static_cast<RedisReply*>(task->parent->obj)->list;
    auto& reply = list.at(static_cast<std::size_t>(task->idx));
    fill(reply);
    return &reply;
  } catch (const std::exception&) {
    return nullptr;
  }
}

void* make_text(const redisReadTask* task, char* text, std::size_t size) {
  return make(task, [&](RedisReply& reply) {
    reply.kind = task->type == REDIS_REPLY_ERROR    ? Kind::error
                 : task->type == REDIS_REPLY_STATUS ? Kind::status
                                                    : Kind::text;
    reply.text.assign(text, size);
  });
}

void* make_number(const redisReadTask* task, long long number) {
  return make(task, [&](RedisReply& reply) {
    reply.kind = Kind::number;
    reply.number = number;
  });
}

void* make_nil(const redisReadTask* task) {
  return make(task, [](RedisReply&) {});
}

/// How many lists a reply stands in.
std::size_t depth_of(const redisReadTask* task) {
  std::size_t depth = 0;
  while ((task = task->parent) != nullptr) ++depth;
  return depth;
}

/// int or size_t, as hiredis 0.14 or 1.x has it. 1.x sets no bound to the depth.
template <class Size>
void* make_list(const redisReadTask* task, Size size) {
  if (static_cast<std::size_t>(size) > Redis::longest_list) return nullptr;
  if (depth_of(task) >= Redis::deepest_list) return nullptr;
  return make(task, [&](RedisReply& reply) {
    reply.kind = Kind::list;
    reply.list.resize(static_cast<std::size_t>(size));
  });
}

/// Only ever what stands at the top; its parts go with it.
void free_reply(void* reply) {
  delete static_cast<RedisReply*>(reply);
}

/// Kinds of RESP 3, which nobody asked for; only hiredis 1.x knows them.
template <class Functions>
void refuse_newer_kinds(Functions& functions) {
  if constexpr (requires { functions.createDouble; }) {
    functions.createDouble = [](const auto*, double, char*, std::size_t) -> void* {
      return nullptr;
    };
    functions.createBool = [](const auto*, int) -> void* { return nullptr; };
  }
}

redisReplyObjectFunctions& functions() {
  // hiredis keeps the pointer, and never writes to it.
  static redisReplyObjectFunctions table = [] {
    redisReplyObjectFunctions made{};
    made.createString = make_text;
    made.createArray = make_list;
    made.createInteger = make_number;
    made.createNil = make_nil;
    made.freeObject = free_reply;
    refuse_newer_kinds(made);
    return made;
  }();
  return table;
}

}  // namespace

void RedisReplies::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisReplies::RedisReplies() : reader_(redisReaderCreateWithFunctions(&functions())) {
  if (!reader_) throw std::bad_alloc();
}

void RedisReplies::feed(std::string_view bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

tl::expected<std::optional<RedisReply>, std::string> RedisReplies::next() {
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    return tl::unexpected<std::string>("does not speak as Redis does");
  }
  if (object == nullptr) return std::optional<RedisReply>{};
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(object));
  return std::optional<RedisReply>{std::move(*reply)};
}

}  // namespace badclients::network
