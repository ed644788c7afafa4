#include "ask/memory.hpp"

#include <algorithm>
#include <utility>

#include "ask/merge.hpp"

namespace badclients::ask {

using std::chrono::milliseconds;

void Memory::open(base::Deadline deadline) {
  // If a thousand logins come at once on two busy cores, one may wait a second for its turn; to ask
  // the network instead would make all wait longer. A process that holds a lock for two seconds
  // stands still. A short deadline comes first.
  constexpr milliseconds longest_wait{2000};
  const auto patience = std::clamp(base::left_until(deadline) / 5, milliseconds{0}, longest_wait);
  const auto& state_path = config_.general.state_path;
  if (!kept_ || !kept_->reopen(state_path, config_.cache, patience)) {
    kept_.reset();
    auto cache = cache::Cache::open(state_path, config_.cache, patience);
    if (!cache) return warnings_.push_back(cache.error());
    kept_ = std::move(*cache);
  }
  cache_ = &*kept_;
}

bool Memory::fill(const facts::Wanted& wanted, facts::Facts& facts) {
  if (cache_ == nullptr) return false;
  const auto read = cache_->read(address_, wanted, facts, now_);
  if (!read) warnings_.push_back(read.error());
  // That a source was silent no longer counts once it has answered somebody.
  if (failed_by_silence(facts).any() && (!believes_silence_ || servers().silences().empty())) {
    forget_silences(facts);
  }
  fill_unpermitted(facts);
  return read.has_value();
}

void Memory::fill_unpermitted(facts::Facts& facts) {
  const auto lacks = [](const auto& own, const auto& provisional) {
    return own.failed() && own.cause == facts::Cause::budget && !provisional.known();
  };
  facts::Wanted lacking;
  lacking.origin = lacks(facts.origin, facts.provisional.origin);
  lacking.registration = lacks(facts.registration, facts.provisional.registration);
  if (lacking.any()) fill_allocation(lacking, facts);
}

void Memory::fill_allocation(const facts::Wanted& wanted, facts::Facts& facts) {
  if (cache_ == nullptr) return;
  const auto read = cache_->read_allocation(address_, wanted, facts, now_);
  if (!read) warnings_.push_back(read.error());
}

void Memory::store(const facts::Facts& answered, base::Deadline deadline) {
  if (cache_ == nullptr) return;
  // Waits even if little time is left: many logins store at once, and without the answer the next
  // one would ask again.
  constexpr milliseconds shortest_wait{20};
  const auto patience = std::max(base::left_until(deadline) / 4, shortest_wait);
  const auto stored = cache_->store(address_, answered, patience);
  if (!stored) warnings_.push_back(stored.error());
}

}  // namespace badclients::ask
