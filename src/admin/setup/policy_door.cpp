// try_policy_door, is_free: the port of the policy door, as a client of it sees it.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <thread>

#include "admin/setup/dovecot.hpp"
#include "authpolicy/http.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "net/socket.hpp"

namespace badclients::admin::setup {

namespace {

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

/// All that the server says until it closes the connection. Error: nobody listens, or it does not
/// come to an end.
tl::expected<std::string, std::string> converse(unsigned port, const std::string& request,
                                                base::Deadline deadline) {
  const net::Server server{net::Address::v4(INADDR_LOOPBACK), static_cast<std::uint16_t>(port)};
  const auto connection = net::connect_tcp(server, deadline);
  if (!connection) return tl::unexpected(connection.error());
  if (const auto sent = net::send_all(*connection, request, deadline); !sent) {
    return tl::unexpected(sent.error());
  }
  constexpr std::size_t most = 65536;
  std::string answer(most, '\0');
  for (std::size_t length = 0;;) {
    const auto count =
        net::receive_some(*connection, {answer.data() + length, most - length}, deadline);
    if (!count) return tl::unexpected(count.error());
    length += *count;
    if (*count != 0 && length != most) continue;
    answer.resize(length);
    return answer;
  }
}

bool is_pass(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 200") && answer.find("\"status\":0") != std::string::npos;
}

bool is_unauthorized(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 401");
}

std::string request_with(const std::string& secret, unsigned port) {
  // An address of this host itself is never refused, and writes no line.
  const auto body =
      fmt::format(R"({{"login":"{}","remote":"127.0.0.1","protocol":"imap"}})", own_user);
  return fmt::format(
      "POST /?command=allow HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: {}\r\n"
      "X-Badclients: {}\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      port, authpolicy::own_user_agent, secret, body.size(), body);
}

/// Empty: the door answers as it has to.
std::string fault_of(unsigned port, const std::string& secret, const std::string& wrong,
                     base::Deadline deadline) {
  const auto answer = converse(port, request_with(secret, port), deadline);
  if (!answer) return answer.error();
  if (answer->empty()) return "it closes the connection and says nothing";
  if (!is_pass(*answer)) {
    const auto line = answer->substr(0, answer->find('\n'));
    return fmt::format("the answer is '{}'", base::trimmed(line, "\r"));
  }
  if (wrong.empty()) return {};
  const auto other = converse(port, request_with(wrong, port), deadline);
  if (!other) return other.error();
  return is_unauthorized(*other) ? "" : "it answers a request with another secret, too";
}

}  // namespace

bool is_free(unsigned port) {
  const auto server = tcp_socket();
  const auto address = loopback(port);
  const int yes = 1;  // what an earlier server has left does not matter
  setsockopt(server.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return bind(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

tl::expected<void, std::string> try_policy_door(unsigned port, const std::string& secret,
                                                const std::string& wrong) {
  using namespace std::chrono_literals;
  const auto until = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    auto fault = fault_of(port, secret, wrong, until);
    if (fault.empty()) return {};
    // What has less time than this says less than what was said before.
    if (base::left_until(until) < 1s) return tl::unexpected(std::move(fault));
    // Dovecot may still be at its reload, and a process of before it answer.
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace badclients::admin::setup
