#include "cache/redis/shared_cache.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

#include "facts/escape.hpp"
#include "net/socket.hpp"

namespace badclients::cache {

namespace {

constexpr std::size_t longest_complaint = 200;

/// Does not wait: a server that has no room for another connection counts as absent.
tl::expected<base::Descriptor, std::string> connect_to_file(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) return tl::unexpected<std::string>("path too long");
  std::copy(path.begin(), path.end(), to.sun_path);
  base::Descriptor socket(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, /*protocol=*/0));
  if (!socket.is_open() ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return tl::unexpected(net::error_text(errno));
  }
  return socket;
}

}  // namespace

SharedCache::SharedCache(std::string_view place, std::chrono::milliseconds patience,
                         Resolve resolve, std::function<void(const std::string& line)> complain)
    : patience_(patience), resolve_(std::move(resolve)), complain_(std::move(complain)) {
  if (auto read = config::read_shared_place(place)) place_ = std::move(*read);
}

void SharedCache::connect_early() {
  if (!place_ || place_->socket.empty()) return;
  auto socket = connect_to_file(place_->socket);
  if (socket) {
    redis_.emplace(std::move(*socket));
  } else {
    dead_ = true;
    complain(socket.error());
  }
}

int SharedCache::descriptor() const {
  return redis_ ? redis_->descriptor() : -1;
}

bool SharedCache::alive() {
  const std::lock_guard lock(mutex_);
  return place_ && !dead_;
}

std::optional<std::vector<RedisReply>> SharedCache::converse(
    const std::vector<RedisCommand>& commands, base::Deadline deadline) {
  const std::lock_guard lock(mutex_);
  if (!place_ || dead_) return std::nullopt;
  auto replies = try_to(commands, std::min(deadline, std::chrono::steady_clock::now() + patience_));
  if (replies) return std::move(*replies);
  dead_ = true;
  redis_.reset();
  // If the deadline came first, the server was not slow.
  if (std::chrono::steady_clock::now() < deadline) complain(replies.error());
  return std::nullopt;
}

tl::expected<std::vector<RedisReply>, std::string> SharedCache::try_to(
    const std::vector<RedisCommand>& commands, base::Deadline until) {
  if (!redis_) {
    auto socket = connect(until);
    if (!socket) return tl::unexpected(socket.error());
    redis_.emplace(std::move(*socket));
  }
  auto all = greeted_ ? std::vector<RedisCommand>{} : greeting();
  const auto greetings = static_cast<std::ptrdiff_t>(all.size());
  all.insert(all.end(), commands.begin(), commands.end());
  auto replies = redis_->converse(all, until);
  if (!replies) return replies;
  for (const auto& reply : *replies) {
    if (reply.kind == RedisReply::Kind::error) {
      return tl::unexpected("says: " + facts::printable(reply.text, longest_complaint));
    }
  }
  greeted_ = true;
  replies->erase(replies->begin(), replies->begin() + greetings);
  return replies;
}

/// Does not ask DNS for `localhost`: DNS knows nothing of /etc/hosts.
tl::expected<base::Descriptor, std::string> SharedCache::connect(base::Deadline until) const {
  const std::string host = place_->host == "localhost" ? "127.0.0.1" : place_->host;
  std::string trouble = "has no address";
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    const auto addresses = resolve_(host, family, until);
    if (!addresses) trouble = addresses.error();
    if (!addresses || addresses->empty()) continue;
    auto socket = net::connect_tcp({addresses->front(), place_->port}, until);
    if (socket) return socket;
    trouble = socket.error();
  }
  return tl::unexpected(trouble);
}

std::vector<RedisCommand> SharedCache::greeting() const {
  std::vector<RedisCommand> commands;
  if (!place_->password.empty()) {
    RedisCommand command{"AUTH"};
    if (!place_->user.empty()) command.push_back(place_->user);
    command.push_back(place_->password);
    commands.push_back(std::move(command));
  }
  // Even for database 0: a server that wants a password says so to a short command, but calls a
  // long one a protocol error.
  commands.push_back({"SELECT", std::to_string(place_->database)});
  return commands;
}

void SharedCache::complain_of(std::string_view key, std::string_view what) {
  const std::lock_guard lock(mutex_);
  complain(fmt::format("{}: {}", facts::printable(key, longest_complaint), what));
}

void SharedCache::complain(const std::string& what) {
  if (complained_) return;
  complained_ = true;
  complain_(fmt::format("shared cache {}: {}", place_->str(), what));
}

}  // namespace badclients::cache
