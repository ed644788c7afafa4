#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "net/socket.hpp"
#include "network/transport/dns_message.hpp"
#include "network/transport/source_watch.hpp"

/// Asking nameservers. The exchange is our own (ldns's resolver checks neither id nor
/// question, and knows no absolute deadline).
namespace badclients::network {

/// The nameservers of the configuration (`dns/nameserver`); where it names none, the first three of
/// `resolv_conf` (resolv.conf(5)); where that has none or cannot be read, 127.0.0.1.
std::vector<net::Server> nameservers(const config::Config::Dns& dns,
                                     const std::string& resolv_conf = "/etc/resolv.conf");

/// The addresses in an answer to an A or AAAA question.
std::vector<net::Address> addresses_in(const Answer& answer);

/// A stub resolver. Only values inside: any number of threads may ask one at the same time.
class Resolver {
 public:
  /// At least one server; they are recursive resolvers, or authoritative for what is asked.
  /// `watch` sees whether they answer; null: nobody does.
  explicit Resolver(std::vector<net::Server> servers, SourceWatch* watch = nullptr)
      : servers_(std::move(servers)), watch_(watch) {}

  /// One question. Each server is asked in turn, again and again with growing pauses, and the first
  /// sound answer from any of them counts; a server that fails is left out. Over UDP, from a fresh
  /// port with a random id; over TCP where the answer is truncated. CNAMEs are followed, 8 at most.
  /// Error: each server that was asked, and what was wrong with it:
  /// "PTR 1.2.0.192.in-addr.arpa: 192.0.2.53:53: SERVFAIL".
  [[nodiscard]] tl::expected<Answer, std::string> ask(const Name& name, Type type,
                                                      base::Deadline deadline) const;

  /// The addresses of one family that a host has; empty where it has none. An address literal is
  /// its own answer (empty for the other family).
  [[nodiscard]] tl::expected<std::vector<net::Address>, std::string> addresses(
      const std::string& host, net::Family family, base::Deadline deadline) const;

 private:
  std::vector<net::Server> servers_;
  SourceWatch* watch_;
};

/// For a SourceWatch.
bool probe(const std::vector<net::Server>& nameservers, base::Deadline deadline);

}  // namespace badclients::network
