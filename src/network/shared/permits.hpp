#pragma once

#include <mutex>
#include <utility>

#include "base/deadline.hpp"
#include "budget/counts.hpp"
#include "config/config.hpp"
#include "network/shared/line.hpp"
#include "network/transport/permits.hpp"

namespace badclients::network {

/// The budgets of [budget], kept by all hosts that share a cache together: to a registry they may
/// well look like one. A permit is the host's own first, and then that of all; where a server wants
/// to be left alone, all leave it alone. The time is the shared cache's. Without the shared cache,
/// or when it fails, the host's own permit is enough.
class SharedPermits : public Permits {
 public:
  /// All outlive it.
  SharedPermits(Permits& own, SharedLine& line, const config::Config::Budget& budget,
                budget::Purpose purpose)
      : own_(own), line_(line), budget_(budget), purpose_(std::move(purpose)) {}

  std::optional<budget::Refusal> permit(const budget::ServerName& server,
                                        base::Deadline deadline) override;
  void close(const budget::ServerName& server, std::chrono::seconds length,
             const std::string& reason) override;
  void belongs_to(const net::Network& allocation) override;

 private:
  budget::Purpose purpose();

  Permits& own_;
  SharedLine& line_;
  const config::Config::Budget& budget_;
  std::mutex mutex_;
  budget::Purpose purpose_;
};

}  // namespace badclients::network
