#include "loopback.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace badclients::test {

namespace {

using net::Server;

constexpr auto nsd_program = "/usr/sbin/nsd";

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

base::Descriptor bound(int type, std::uint16_t port = 0) {
  base::Descriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (type == SOCK_STREAM) setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(port);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!socket.is_open() ||
      bind(socket.number(), reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) {
    broken("bind");
  }
  return socket;
}

Server where(const base::Descriptor& socket) {
  sockaddr_in here{};
  socklen_t size = sizeof here;
  if (getsockname(socket.number(), reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    broken("getsockname");
  }
  return {net::Address::v4(INADDR_LOOPBACK), ntohs(here.sin_port)};
}

/// Makes `port` ours among all tests that run on this machine, for as long as this process lives:
/// the kernel gives an abstract name (unix(7)) to one process only. False: it is another one's.
bool reserve(std::uint16_t port) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto text = "badclients-test-port-" + std::to_string(port);
  text.copy(name.sun_path + 1, sizeof name.sun_path - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  base::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || bind(socket.number(), reinterpret_cast<sockaddr*>(&name), size) != 0)
    return false;
  static std::vector<base::Descriptor> reserved;
  reserved.push_back(std::move(socket));
  return true;
}

/// A port that is free for UDP and TCP both, and is given to no other test. Not one that the kernel
/// gives to clients (ip_local_port_range, 32768 and up), who would take it before our server does.
Server free_port() {
  static std::minstd_rand numbers(std::random_device{}());
  std::uniform_int_distribution<std::uint16_t> ports(10240, 32767);
  for (;;) {
    const auto port = ports(numbers);
    try {
      const auto tcp = bound(SOCK_STREAM, port), udp = bound(SOCK_DGRAM, port);
      if (reserve(port)) return where(tcp);
    } catch (const std::runtime_error&) {
      continue;  // taken
    }
  }
}

base::Descriptor stop_signal() {
  base::Descriptor stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.is_open()) broken("eventfd");
  return stop;
}

void raise_signal(const base::Descriptor& stop) {
  eventfd_write(stop.number(), 1);
}

/// Whether `socket` has something to read; false when it is time to stop.
bool next(const base::Descriptor& socket, const base::Descriptor& stop) {
  std::array<pollfd, 2> waiting{pollfd{socket.number(), POLLIN, 0},
                                pollfd{stop.number(), POLLIN, 0}};
  while (poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  return waiting[1].revents == 0;
}

}  // namespace

bool Nsd::available() {
  return access(nsd_program, X_OK) == 0;
}

Nsd::Nsd(const Zones& zones) : server_(free_port()) {
  const auto& folder = folder_.path();
  std::string configuration =
      "server:\n ip-address: 127.0.0.1@" + std::to_string(server_.port) +
      "\n username: \"\"\n database: \"\"\n pidfile: \"\"\n server-count: 1\n zonesdir: \"" +
      folder + "\"\n xfrdfile: \"" + folder + "/xfrd.state\"\n xfrdir: \"" + folder +
      "\"\n zonelistfile: \"" + folder + "/zone.list\"\nremote-control:\n control-enable: no\n";
  for (const auto& [zone, records] : zones) {
    folder_.write(zone + ".zone", "$ORIGIN " + zone +
                                      ".\n$TTL 300\n@ SOA ns. postmaster. 1 3600 600 86400 60\n"
                                      "@ NS ns.\n" +
                                      records + "\n");
    configuration += "zone:\n name: \"" + zone + "\"\n zonefile: \"" + zone + ".zone\"\n";
  }
  const auto file = folder_.write("nsd.conf", configuration);

  std::array<int, 2> log{};
  if (pipe2(log.data(), O_CLOEXEC) != 0) broken("pipe");
  base::Descriptor reading(log[0]);
  const auto parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // a crashed test leaves no server behind
    if (getppid() != parent) _exit(1);
    dup2(log[1], 1);
    dup2(log[1], 2);
    execl(nsd_program, "nsd", "-d", "-V", "1", "-c", file.c_str(), nullptr);
    _exit(127);
  }
  close(log[1]);
  if (pid_ < 0) broken("fork");

  std::string heard;
  std::array<char, 512> buffer{};
  while (heard.find("nsd started") == std::string::npos) {
    const auto size = read(reading.number(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) throw std::runtime_error("NSD did not start:\n" + heard);
    heard.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

Nsd::~Nsd() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

UdpServer::UdpServer(Behaviour behave)
    : socket_(bound(SOCK_DGRAM, free_port().port)), stop_(stop_signal()), server_(where(socket_)) {
  thread_ = std::jthread([this, behave = std::move(behave)] {
    while (next(socket_, stop_)) {
      std::string datagram(65536, '\0');
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      const auto got = recvfrom(socket_.number(), datagram.data(), datagram.size(), 0,
                                reinterpret_cast<sockaddr*>(&peer), &size);
      if (got < 0) continue;
      datagram.resize(static_cast<std::size_t>(got));
      for (const auto& answer : behave(datagram)) {
        sendto(socket_.number(), answer.data(), answer.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&peer), size);
      }
    }
  });
}

UdpServer::~UdpServer() {
  raise_signal(stop_);
}

TcpServer::TcpServer(Behaviour serve, std::uint16_t port)
    : socket_(bound(SOCK_STREAM, port)), stop_(stop_signal()), server_(where(socket_)) {
  if (listen(socket_.number(), 16) != 0) broken("listen");
  thread_ = std::jthread([this, serve = std::move(serve)] {
    while (next(socket_, stop_)) {
      const base::Descriptor connection(accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.is_open()) serve(connection);
    }
  });
}

TcpServer::~TcpServer() {
  raise_signal(stop_);
}

Server nobody() {
  return free_port();
}

std::string read_line(const base::Descriptor& connection) {
  std::string line;
  for (char c = '\0'; recv(connection.number(), &c, 1, 0) == 1;) {
    line += c;
    if (c == '\n') return line;
  }
  return {};
}

void wait_for_close(const base::Descriptor& connection) {
  std::array<char, 512> buffer{};
  while (recv(connection.number(), buffer.data(), buffer.size(), 0) > 0) {
  }
}

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

}  // namespace badclients::test
