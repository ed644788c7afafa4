#include "ask/memory.hpp"

#include <algorithm>
#include <utility>

#include "ask/merge.hpp"

namespace badclients::ask {

using std::chrono::milliseconds;

void Memory::open() {
  auto cache = cache::Cache::open(config_.general.state_path, config_.cache);
  if (cache) {
    cache_ = std::move(*cache);
  } else {
    warnings_.push_back(cache.error());
  }
}

bool Memory::fill(const facts::Wanted& wanted, facts::Facts& facts) {
  if (!cache_) return false;
  const auto read = cache_->read(address_, wanted, facts, now_);
  if (!read) warnings_.push_back(read.error());
  // That a source was silent counts no longer once it has answered somebody.
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
  if (!cache_) return;
  const auto read = cache_->read_allocation(address_, wanted, facts, now_);
  if (!read) warnings_.push_back(read.error());
}

void Memory::store(const facts::Facts& answered, base::Deadline deadline) {
  if (!cache_) return;
  // Others may wait for the answer, and many store at once: to wait is better than to let the next
  // one ask again.
  constexpr milliseconds shortest_wait{20};
  const auto left =
      std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto stored = cache_->store(address_, answered, std::max(left / 2, shortest_wait));
  if (!stored) warnings_.push_back(stored.error());
}

}  // namespace badclients::ask
