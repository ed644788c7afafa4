#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "net/address.hpp"

/// Sockets that know the deadline: every wait ends there, interrupted calls go on, a peer that
/// closed is an error and no signal. Every error is a few words that the caller puts after the
/// server's name ("connection refused").
namespace badclients::network {

/// Where a server listens.
struct Server {
  net::Address address;
  std::uint16_t port = 0;

  /// "192.0.2.1:53", "[2001:db8::1]:53"
  [[nodiscard]] std::string str() const;
  friend bool operator==(const Server&, const Server&) = default;
};

/// Owns one descriptor; closed with it.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  [[nodiscard]] int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// Milliseconds for poll(2) until `until`, rounded up; 0 when it has passed.
int poll_timeout(base::Deadline until);

/// A non-blocking UDP socket that hears `server` alone; the kernel chooses the source port.
tl::expected<Socket, std::string> connect_udp(const Server& server);
tl::expected<Socket, std::string> connect_tcp(const Server& server, base::Deadline deadline);

tl::expected<void, std::string> send_all(const Socket& socket, std::string_view bytes,
                                         base::Deadline deadline);
/// Reads what is there, at least one byte; 0 at the end of the stream.
tl::expected<std::size_t, std::string> receive_some(const Socket& socket, std::span<char> into,
                                                    base::Deadline deadline);
/// Reads until `into` is full; a stream that ends before is an error.
tl::expected<void, std::string> receive_all(const Socket& socket, std::span<char> into,
                                            base::Deadline deadline);

/// The words for an errno value ("connection refused"), for the errors of this room.
std::string error_text(int error);

}  // namespace badclients::network
