#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "facts/facts.hpp"
#include "logs/login.hpp"

/// `badclientsctl notify`: tells the users of bad clients.
namespace badclients::admin::notify {

/// What the log tells of one user and one client.
struct Use {
  std::string client;     ///< its name, as logged
  std::string client_id;  ///< of its file; the name where the log does not say
  std::string user;
  std::uint64_t logins = 0;
  std::optional<facts::Time> last;
};

/// Who logs in with which bad client. Memory grows with different users and clients.
class Uses {
 public:
  /// `client`: its name or ID; empty: all.
  explicit Uses(std::string client) : client_(std::move(client)) {}

  /// Counts a login that a client's rule hit: it was refused, or would have been. Not one of a
  /// master user, who is somebody else.
  void add(const logs::Login& login);

  /// By client and user.
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, Use>& all() const {
    return uses_;
  }

 private:
  std::string client_;
  std::map<std::pair<std::string, std::string>, Use> uses_;
};

}  // namespace badclients::admin::notify
