#include "net/socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/text.hpp"

namespace badclients::net {

namespace {

constexpr auto too_late = "no answer in time";

struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  explicit KernelAddress(const Server& server) {
    const auto bytes = server.address.bytes();
    if (server.address.is_v4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      v4.sin_port = htons(server.port);
      std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
      std::memcpy(&storage, &v4, size = sizeof v4);
    } else {
      sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(server.port);
      std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
      std::memcpy(&storage, &v6, size = sizeof v6);
    }
  }
};

/// A socket whose connect() has been called; `pending` says whether it still goes on.
tl::expected<base::Descriptor, std::string> start(const Server& server, int type, bool& pending) {
  const KernelAddress to(server);
  base::Descriptor socket(
      ::socket(to.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, /*protocol=*/0));
  if (!socket.is_open()) return tl::unexpected(error_text(errno));
  pending = false;
  if (connect(socket.number(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return tl::unexpected(error_text(errno));
    pending = true;
  }
  return socket;
}

}  // namespace

std::string host_port(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

int poll_timeout(base::Deadline until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 3'600'000));
}

tl::expected<void, std::string> wait_for(const base::Descriptor& socket, short events,
                                         base::Deadline deadline) {
  pollfd waiting{socket.number(), events, 0};
  for (;;) {
    const int ready = poll(&waiting, 1, poll_timeout(deadline));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return tl::unexpected(error_text(errno));
    if (std::chrono::steady_clock::now() >= deadline) return tl::unexpected<std::string>(too_late);
  }
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

tl::expected<base::Descriptor, std::string> connect_udp(const Server& server) {
  bool pending = false;
  return start(server, SOCK_DGRAM, pending);
}

tl::expected<base::Descriptor, std::string> connect_tcp(const Server& server,
                                                        base::Deadline deadline) {
  bool pending = false;
  auto socket = start(server, SOCK_STREAM, pending);
  if (!socket || !pending) return socket;
  if (const auto ready = wait_for(*socket, POLLOUT, deadline); !ready) {
    return tl::unexpected(ready.error());
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket->number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return tl::unexpected(error_text(error));
  return socket;
}

tl::expected<void, std::string> send_all(const base::Descriptor& socket, std::string_view bytes,
                                         base::Deadline deadline) {
  while (!bytes.empty()) {
    const auto sent = send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (!would_block()) return tl::unexpected(error_text(errno));
    if (const auto ready = wait_for(socket, POLLOUT, deadline); !ready) return ready;
  }
  return {};
}

tl::expected<std::size_t, std::string> receive_some(const base::Descriptor& socket,
                                                    std::span<char> into, base::Deadline deadline) {
  for (;;) {
    // The wait comes first: a peer that never stops sending must meet the deadline too.
    if (const auto ready = wait_for(socket, POLLIN, deadline); !ready) {
      return tl::unexpected(ready.error());
    }
    if (std::chrono::steady_clock::now() >= deadline) return tl::unexpected<std::string>(too_late);
    const auto got = recv(socket.number(), into.data(), into.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!would_block()) return tl::unexpected(error_text(errno));
  }
}

tl::expected<void, std::string> receive_all(const base::Descriptor& socket, std::span<char> into,
                                            base::Deadline deadline) {
  while (!into.empty()) {
    const auto got = receive_some(socket, into, deadline);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return tl::unexpected<std::string>("closed the connection too early");
    into = into.subspan(*got);
  }
  return {};
}

std::string error_text(int error) {
  auto text = std::generic_category().message(error);
  if (!text.empty()) text[0] = base::lower(text[0]);
  return text;
}

}  // namespace badclients::net
