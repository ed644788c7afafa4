#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/deadline.hpp"
#include "budget/refusal.hpp"
#include "budget/server_name.hpp"
#include "net/network.hpp"

namespace badclients::budget {

/// Gives the permit that badclients-lookup needs for each question to a server whose questions are
/// counted, and hears when a server does not want to be asked. One may stand behind another: the
/// parent's for this host, then SharedPermits for all hosts. From any thread.
class Permits {
 public:
  Permits() = default;
  Permits(const Permits&) = delete;
  Permits& operator=(const Permits&) = delete;
  virtual ~Permits() = default;

  /// Nothing: one question may be put now. It arrives before `deadline` or never.
  virtual std::optional<Refusal> permit(const ServerName& server, base::Deadline deadline) = 0;

  /// `server` does not want to be asked for this long, and said why.
  virtual void close(const ServerName& server, std::chrono::seconds length,
                     const std::string& reason) = 0;

  /// The address that is asked about has turned out to be announced as a part of `allocation`,
  /// which is wider than its block.
  virtual void belongs_to(const net::Network& allocation) { (void)allocation; }
};

}  // namespace badclients::budget
