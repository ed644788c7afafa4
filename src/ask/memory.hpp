#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "budget/servers.hpp"
#include "cache/cache.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

namespace badclients::ask {

/// What this host remembers about one address. Without a usable cache it remembers nothing.
/// Whatever goes wrong is a warning.
class Memory {
 public:
  /// All but the address must outlive it. `kept`: the cache that the login before left open, or
  /// nothing; then the one that this login leaves to the next. `believes_silence`: whether failures
  /// by the silence of a source count, as long as any source is known to be silent.
  Memory(const net::Address& address, const config::Config& config, facts::Time now,
         std::optional<cache::Cache>& kept, bool believes_silence,
         std::vector<std::string>& warnings)
      : address_(address),
        config_(config),
        now_(now),
        kept_(kept),
        believes_silence_(believes_silence),
        warnings_(warnings) {}

  /// Opens the cache. Until then, and where it cannot be opened, nothing is remembered.
  void open(base::Deadline deadline);
  [[nodiscard]] bool is_open() const { return cache_ != nullptr; }

  /// Fills in the wanted facts that are not_asked. If there is no permit to ask for the address'
  /// own answer, one of its allocation serves provisionally. False: the cache cannot be read.
  bool fill(const facts::Wanted& wanted, facts::Facts& facts);
  /// Only fills in those provisional answers.
  void fill_unpermitted(facts::Facts& facts);
  /// Fills in provisional answers of the allocation.
  void fill_allocation(const facts::Wanted& wanted, facts::Facts& facts);

  /// Remembers what was asked for now.
  void store(const facts::Facts& answered, base::Deadline deadline);

  /// Has a clock of its own: `now` may be long ago, if the login waited for another process'
  /// answer.
  [[nodiscard]] budget::Servers servers() const {
    return {config_.general.state_path, config_.budget, std::chrono::system_clock::now};
  }

 private:
  net::Address address_;
  const config::Config& config_;
  facts::Time now_;
  std::optional<cache::Cache>& kept_;
  cache::Cache* cache_ = nullptr;  ///< the kept one, once it is open for this login
  bool believes_silence_;
  std::vector<std::string>& warnings_;
};

}  // namespace badclients::ask
