#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "base/descriptor.hpp"
#include "net/address.hpp"

/// Sockets that know the deadline: every wait ends there, interrupted calls go on, a peer that
/// closed is an error and no signal. Every error is a few words that the caller puts after the
/// server's name ("connection refused").
namespace badclients::net {

/// "rdap.example:443", "192.0.2.1:53", "[2001:db8::1]:53"
std::string host_port(const std::string& host, std::uint16_t port);

/// Where a server listens.
struct Server {
  net::Address address;
  std::uint16_t port = 0;

  [[nodiscard]] std::string str() const { return host_port(address.str(), port); }
  friend bool operator==(const Server&, const Server&) = default;
};

/// Milliseconds for poll(2) until `until`, rounded up; 0 when it has passed.
int poll_timeout(base::Deadline until);

/// Waits for poll(2)'s `events`; an error condition counts as ready, for the call that follows
/// reports it.
tl::expected<void, std::string> wait_for(const base::Descriptor& socket, short events,
                                         base::Deadline deadline);
/// Whether errno says that a call has to be made again when the socket is ready.
bool would_block();

/// A non-blocking UDP socket that hears `server` alone; the kernel chooses the source port.
tl::expected<base::Descriptor, std::string> connect_udp(const Server& server);
tl::expected<base::Descriptor, std::string> connect_tcp(const Server& server,
                                                        base::Deadline deadline);

tl::expected<void, std::string> send_all(const base::Descriptor& socket, std::string_view bytes,
                                         base::Deadline deadline);
/// Reads what is there, at least one byte; 0 at the end of the stream.
tl::expected<std::size_t, std::string> receive_some(const base::Descriptor& socket,
                                                    std::span<char> into, base::Deadline deadline);
/// Reads until `into` is full; a stream that ends before is an error.
tl::expected<void, std::string> receive_all(const base::Descriptor& socket, std::span<char> into,
                                            base::Deadline deadline);

/// The words for an errno value ("connection refused").
std::string error_text(int error);

}  // namespace badclients::net
