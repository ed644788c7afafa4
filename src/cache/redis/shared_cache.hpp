#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "cache/redis/redis.hpp"
#include "config/shared_place.hpp"
#include "net/address.hpp"

namespace badclients::cache {

/// Every key of ours in a shared cache begins with this. The number is the version of what stands
/// behind such keys; another version has keys of its own.
inline constexpr std::string_view shared_prefix = "badclients:1:";

/// The cache that several hosts share (`cache/shared`), of badclients-lookup and badclientsctl
/// alone. Each conversation may take `cache/shared_patience`. Once one has failed the shared cache
/// is dead: this process uses none from then on. Any thread may use it; conversations take turns.
class SharedCache {
 public:
  /// The addresses of a host, by DNS.
  using Resolve = std::function<tl::expected<std::vector<net::Address>, std::string>(
      const std::string& host, net::Family family, base::Deadline deadline)>;

  /// `place`: for config::read_shared_place; empty: there is none. `complain` is called at most
  /// once, with a line for the administrator.
  SharedCache(std::string_view place, std::chrono::milliseconds patience, Resolve resolve,
              std::function<void(const std::string& line)> complain);

  /// Connects now if the server is at a socket file; else the first conversation connects. Call it
  /// before the process enters the sandbox, which must keep descriptor() open.
  void connect_early();
  /// -1: none yet.
  [[nodiscard]] int descriptor() const;

  /// False: there is none, or it is dead.
  [[nodiscard]] bool alive();

  /// The reply to each command; no reply is an error. Nothing: there is no shared cache, or it has
  /// failed now; it also fails if the deadline comes before its patience is over.
  std::optional<std::vector<RedisReply>> converse(const std::vector<RedisCommand>& commands,
                                                  base::Deadline deadline);

  /// Names a value in the cache that makes no sense.
  void complain_of(std::string_view key, std::string_view what);

 private:
  tl::expected<std::vector<RedisReply>, std::string> try_to(
      const std::vector<RedisCommand>& commands, base::Deadline until);
  tl::expected<base::Descriptor, std::string> connect(base::Deadline until) const;
  [[nodiscard]] std::vector<RedisCommand> greeting() const;
  void complain(const std::string& what);

  std::optional<config::SharedPlace> place_;
  std::chrono::milliseconds patience_;
  Resolve resolve_;
  std::function<void(const std::string& line)> complain_;
  std::mutex mutex_;
  std::optional<Redis> redis_;
  bool greeted_ = false, dead_ = false, complained_ = false;
};

}  // namespace badclients::cache
