#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/servers.hpp"

/// What is known of one registry's servers, or of a server that one refers to. A value, kept as one
/// row of cache.db. Times are milliseconds since 1970.
namespace badclients::cache {

class Account {
 public:
  /// Takes a permit: the question is written down. Or says why there is none. As Servers::permit;
  /// `until`: when the question has reached the server.
  std::optional<Refusal> permit(config::Service service, const config::Limits& limits,
                                std::int64_t now, std::int64_t until);

  /// As Servers::close.
  void close(config::Service service, std::int64_t now, std::int64_t until,
             const std::string& reason);

  [[nodiscard]] ServerState state(const ServerName& server, const config::Limits& limits,
                                  std::int64_t now) const;

  /// From when on nothing in it counts any more.
  [[nodiscard]] std::int64_t expires() const;

  /// Bytes; decode() of anything else is an account that knows nothing.
  [[nodiscard]] std::string encode() const;
  static Account decode(std::string_view bytes);

 private:
  struct Service {
    std::int64_t asked = 0, closed_since = 0, closed_until = 0;
    std::string reason;
  };
  struct Question {
    std::int64_t until = 0;
    config::Service service = config::Service::rdap;
  };

  Service& of(config::Service service) { return services_[static_cast<std::size_t>(service)]; }
  [[nodiscard]] const Service& of(config::Service service) const {
    return services_[static_cast<std::size_t>(service)];
  }
  void forget_what_is_past(const config::Limits& limits, std::int64_t now);
  /// The ends of the questions that a limit counts now.
  [[nodiscard]] std::vector<std::int64_t> counted(const config::Limit& limit,
                                                  std::int64_t now) const;
  /// When the limit lets another question pass; nothing: now.
  [[nodiscard]] std::optional<std::int64_t> opens(const config::Limit& limit,
                                                  std::int64_t now) const;

  std::array<Service, 2> services_;
  std::vector<Question> questions_;
  std::int64_t longest_window_ = 0;  ///< of the limits by which it was kept last
};

}  // namespace badclients::cache
