#include "network/transport/whois.hpp"

#include <fmt/format.h>

#include <array>

#include "net/socket.hpp"

namespace badclients::network {

namespace {

constexpr std::uint16_t whois_port = 43;
constexpr std::size_t longest_answer = 1024 * 1024;

/// A connection, and which address has taken it.
struct Connection {
  base::Descriptor socket;
  net::Address address;
  SourceWatch::Question waiting;
};

tl::expected<std::string, std::string> converse(const Connection& connection,
                                                std::string_view question,
                                                base::Deadline deadline) {
  const auto& [socket, address, waiting] = connection;
  deadline = waiting.until(deadline);
  if (auto sent = net::send_all(socket, std::string(question) + "\r\n", deadline); !sent) {
    return tl::unexpected(sent.error());
  }
  std::string answer;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto size = net::receive_some(socket, buffer, deadline);
    if (!size) return tl::unexpected(size.error());
    waiting.answered();
    if (*size == 0) break;
    answer.append(buffer.data(), *size);
    if (answer.size() > longest_answer) {
      return tl::unexpected<std::string>("an answer longer than 1 MiB");
    }
  }
  if (answer.find_first_not_of(" \t\r\n") == std::string::npos) {
    return tl::unexpected<std::string>("an empty answer");
  }
  if (answer.find('\0') != std::string::npos) {
    return tl::unexpected<std::string>("a binary answer");
  }
  return answer;
}

/// To the first address that takes one. While there are others to try, an address gets half of the
/// time that is left.
tl::expected<Connection, std::string> connect(const QueryContext& context,
                                              const config::Config::Endpoint& server,
                                              AddressPolicy policy) {
  std::string first_failure;
  const auto note = [&](const std::string& what) {
    if (first_failure.empty()) first_failure = what;
  };
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    const auto addresses = context.resolver.addresses(server.host, family, context.deadline);
    if (!addresses) {
      note(addresses.error());
      continue;
    }
    for (std::size_t i = 0; i < addresses->size(); ++i) {
      const auto& address = (*addresses)[i];
      if (!allows(policy, address)) {
        note(fmt::format("not asked, for its address {} is special-purpose", address.str()));
        continue;
      }
      const auto now = std::chrono::steady_clock::now();
      const bool last = family == net::Family::v6 && i + 1 == addresses->size();
      const auto until = last ? context.deadline : now + (context.deadline - now) / 2;
      SourceWatch::Question waiting(context.watch, context.source);
      auto socket = net::connect_tcp({address, server.port}, waiting.until(until));
      if (socket) return Connection{std::move(*socket), address, std::move(waiting)};
      note(socket.error());
    }
  }
  note("has no address");
  return tl::unexpected(first_failure);
}

}  // namespace

std::string whois_name(const config::Config::Endpoint& server) {
  return server.port == whois_port ? server.host : net::host_port(server.host, server.port);
}

tl::expected<WhoisAnswer, std::string> ask_whois(const QueryContext& context,
                                                 const config::Config::Endpoint& server,
                                                 std::string_view question, AddressPolicy policy) {
  const auto fail = [&](const std::string& why) {
    return tl::unexpected(fmt::format("{}: {}", whois_name(server), why));
  };
  const auto connection = connect(context, server, policy);
  if (!connection) return fail(connection.error());
  auto answer = converse(*connection, question, context.deadline);
  if (!answer) return fail(answer.error());
  return WhoisAnswer{std::move(*answer), connection->address};
}

}  // namespace badclients::network
