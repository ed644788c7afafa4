#pragma once

#include <mutex>
#include <utility>

#include "base/deadline.hpp"
#include "budget/counts.hpp"
#include "budget/permits.hpp"
#include "cache/redis/shared_cache.hpp"
#include "config/config.hpp"

namespace badclients::budget {

/// The budgets of [budget], kept by all hosts that share a cache together: to a registry they may
/// well look like one. A permit is the host's own first, and then that of all; where a server wants
/// to be left alone, all leave it alone. The time is the shared cache's. Without the shared cache,
/// or when it fails, the host's own permit is enough.
class SharedPermits : public Permits {
 public:
  /// All outlive it.
  SharedPermits(Permits& own, cache::SharedCache& cache, const config::Config::Budget& budget,
                Purpose purpose)
      : own_(own), cache_(cache), budget_(budget), purpose_(std::move(purpose)) {}

  std::optional<Refusal> permit(const ServerName& server, base::Deadline deadline) override;
  void close(const ServerName& server, std::chrono::seconds length,
             const std::string& reason) override;
  void belongs_to(const net::Network& allocation) override;

 private:
  Purpose purpose();

  Permits& own_;
  cache::SharedCache& cache_;
  const config::Config::Budget& budget_;
  std::mutex mutex_;
  Purpose purpose_;
};

}  // namespace badclients::budget
