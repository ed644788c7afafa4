// try_policy_door, is_free: the port of the policy door, as a client of it sees it.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "admin/setup/dovecot.hpp"
#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::admin::setup {

namespace {

using std::chrono::seconds;

sockaddr_in loopback(unsigned port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

base::Descriptor tcp_socket() {
  return base::Descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

/// Whether an HTTP answer is all there, by its Content-Length.
bool is_whole(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  auto head = base::lowered(answer.substr(0, end));
  const std::string_view field = "content-length:";
  const auto at = head.find(field);
  if (at == std::string::npos) return false;
  const auto value = head.substr(at + field.size());
  const auto length =
      base::number<std::size_t>(base::trimmed(std::string_view(value).substr(0, value.find('\r'))));
  constexpr std::size_t blank_line = 4;
  return length && answer.size() - end - blank_line >= *length;
}

/// All that the server says, up to the end of its answer; empty where nobody listens, or nothing is
/// said.
std::string converse(unsigned port, const std::string& request) {
  const auto connection = tcp_socket();
  const auto address = loopback(port);
  const timeval patience{seconds{10}.count(), 0};
  for (const int which : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    setsockopt(connection.number(), SOL_SOCKET, which, &patience, sizeof patience);
  }
  if (connect(connection.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      send(connection.number(), request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size())) {
    return {};
  }
  constexpr std::size_t most = 65536;
  std::string answer(most, '\0');
  std::size_t length = 0;
  while (length < most && !is_whole({answer.data(), length})) {
    const auto count =
        base::read_some(connection.number(), {answer.data() + length, most - length});
    if (count <= 0) break;
    length += static_cast<std::size_t>(count);
  }
  answer.resize(length);
  return answer;
}

}  // namespace

bool is_free(unsigned port) {
  const auto server = tcp_socket();
  const auto address = loopback(port);
  const int yes = 1;  // what an earlier server has left does not matter
  setsockopt(server.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return bind(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

tl::expected<void, std::string> try_policy_door(unsigned port, const std::string& secret) {
  // An address of this host itself is never refused, and writes no line.
  const std::string body = R"({"login":"badclients-setup","remote":"127.0.0.1","protocol":"imap"})";
  const auto request = fmt::format(
      "POST /?command=allow HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Badclients: {}\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      port, secret, body.size(), body);
  const auto until = std::chrono::steady_clock::now() + seconds{10};
  std::string answer;
  do {
    answer = converse(port, request);
    if (answer.starts_with("HTTP/1.1 200") && answer.find("\"status\":0") != std::string::npos) {
      return {};
    }
    if (answer.starts_with("HTTP/1.1 401")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});  // Dovecot is still reloading
  } while (std::chrono::steady_clock::now() < until);
  return tl::unexpected(
      answer.empty() ? std::string("nobody answers")
                     : fmt::format("the answer is '{}'",
                                   base::trimmed(answer.substr(0, answer.find('\n')), "\r")));
}

}  // namespace badclients::admin::setup
