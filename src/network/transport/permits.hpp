#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "budget/servers.hpp"
#include "net/network.hpp"

namespace badclients::network {

/// Who is asked before each question to a server whose questions are counted, and is told when one
/// does not want to be asked: this process keeps no account itself. Several may be asked one after
/// the other (the parent for this host, then who counts for several hosts). From any thread.
class Permits {
 public:
  Permits() = default;
  Permits(const Permits&) = delete;
  Permits& operator=(const Permits&) = delete;
  virtual ~Permits() = default;

  /// Nothing: one question may be put now. It arrives before `deadline` or never.
  virtual std::optional<budget::Refusal> permit(const budget::ServerName& server,
                                                base::Deadline deadline) = 0;

  /// `server` does not want to be asked for this long, and said why.
  virtual void close(const budget::ServerName& server, std::chrono::seconds length,
                     const std::string& reason) = 0;

  /// The address that is asked about has turned out to be announced as a part of `allocation`,
  /// which is wider than its block.
  virtual void belongs_to(const net::Network& allocation) { (void)allocation; }
};

}  // namespace badclients::network
