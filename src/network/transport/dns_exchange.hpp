#pragma once

#include <functional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "net/socket.hpp"
#include "network/transport/dns_message.hpp"

namespace badclients::network {

/// Puts one question to `servers` (at least one) until one of them gives a sound answer, all have
/// failed, or the deadline passes: Resolver::ask without CNAMEs.
/// Error: "192.0.2.53:53: SERVFAIL; 192.0.2.54:53: no answer in time". `heard` is called for every
/// message about the question, whatever it says.
tl::expected<Answer, std::string> exchange(const Question& question,
                                           std::span<const net::Server> servers,
                                           base::Deadline deadline,
                                           const std::function<void()>& heard = {});

}  // namespace badclients::network
