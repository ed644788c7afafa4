#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "net/socket.hpp"
#include "temp_folder.hpp"

/// Servers for the look-up tests, all on loopback: a real NSD, and small ones of our own for what
/// no honest server does.
namespace badclients::test {

/// NSD with the zones given: zone name -> records, as in a zone file without $ORIGIN and SOA, which
/// are added (TTL 300, negative TTL 60). Only where available().
class Nsd {
 public:
  using Zones = std::map<std::string, std::string>;
  static bool available();
  explicit Nsd(const Zones& zones);
  ~Nsd();
  Nsd(const Nsd&) = delete;
  Nsd& operator=(const Nsd&) = delete;

  [[nodiscard]] net::Server server() const { return server_; }

 private:
  TempFolder folder_;
  net::Server server_;
  pid_t pid_ = -1;
};

/// A UDP server: for each datagram, sends what `behave` returns for it.
class UdpServer {
 public:
  using Behaviour = std::function<std::vector<std::string>(const std::string& datagram)>;
  explicit UdpServer(Behaviour behave);
  ~UdpServer();

  [[nodiscard]] net::Server server() const { return server_; }

 private:
  base::Descriptor socket_, stop_;
  net::Server server_;
  std::jthread thread_;
};

/// A TCP server: `serve` gets each connection, one after the other, and it is closed when it
/// returns.
class TcpServer {
 public:
  using Behaviour = std::function<void(const base::Descriptor& connection)>;
  /// `port` 0: any that is free.
  explicit TcpServer(Behaviour serve, std::uint16_t port = 0);
  ~TcpServer();

  [[nodiscard]] net::Server server() const { return server_; }

 private:
  base::Descriptor socket_, stop_;
  net::Server server_;
  std::jthread thread_;
};

/// A loopback port on which nobody listens, UDP or TCP.
net::Server nobody();

/// Time enough for anything on loopback; a test that gets there has failed.
inline base::Deadline plenty() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(30);
}
/// For questions that never get an answer.
inline base::Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
}

/// Reads up to LF; empty where the peer closes before.
std::string read_line(const base::Descriptor& connection);
/// Reads until the peer closes.
void wait_for_close(const base::Descriptor& connection);

net::Address address(const char* text);

}  // namespace badclients::test
