#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "net/socket.hpp"
#include "temp_folder.hpp"

namespace badclients::test {

/// nginx with TLS on a loopback port, with HTTP/2 and compression. Its certificate is for 127.0.0.1
/// and rdap.example.test, two steps under a root of its own. Only where available().
class Website {
 public:
  /// Path -> content of what is served as it is.
  using Files = std::map<std::string, std::string>;

  static bool available();
  /// `locations`: more of nginx's server block; @PORT@ in it becomes the port.
  explicit Website(const Files& files, std::string locations = "");
  ~Website();
  Website(const Website&) = delete;
  Website& operator=(const Website&) = delete;

  [[nodiscard]] net::Server server() const { return server_; }
  /// "https://127.0.0.1:PORT/"
  [[nodiscard]] std::string url() const { return "https://" + server_.str() + "/"; }
  /// PEM file with the root's certificate.
  [[nodiscard]] std::string ca_file() const { return folder_ / "root.pem"; }

 private:
  TempFolder folder_;
  net::Server server_;
  pid_t pid_ = -1;
};

}  // namespace badclients::test
