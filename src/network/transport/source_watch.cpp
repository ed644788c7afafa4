#include "network/transport/source_watch.hpp"

#include <algorithm>
#include <system_error>

#include "ask/wire/dialogue.hpp"

namespace badclients::network {

namespace {

using Clock = std::chrono::steady_clock;

/// Long enough for a nameserver nearby to answer what it has to ask others about, mostly.
constexpr std::chrono::milliseconds before_probe{150};

}  // namespace

SourceWatch::SourceWatch(const std::vector<budget::Source>& known_silent, Tell tell, Probe probe)
    : tell_(std::move(tell)), probe_(std::move(probe)) {
  for (const auto& source : known_silent) states_[source].known_silent = true;
}

SourceWatch::~SourceWatch() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

SourceWatch::Question::Question(SourceWatch* watch, std::optional<budget::Source> source)
    : watch_(source ? watch : nullptr), source_(std::move(source)) {
  if (watch_ != nullptr) watch_->begin(*source_);
}

SourceWatch::Question::~Question() {
  if (watch_ != nullptr) watch_->end(*source_);
}

base::Deadline SourceWatch::Question::until(base::Deadline deadline) const {
  return watch_ != nullptr ? watch_->until(*source_, deadline) : deadline;
}

void SourceWatch::Question::answered() const {
  if (watch_ != nullptr) watch_->note_answer(*source_);
}

bool SourceWatch::anyone_silent() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(states_.begin(), states_.end(), [](const auto& one) {
    const auto& state = one.second;
    const bool was_asked = state.first != base::Deadline{};
    return was_asked && !state.answered && (state.told_silent || state.known_silent);
  });
}

void SourceWatch::begin(const budget::Source& source) {
  {
    const std::lock_guard lock(mutex_);
    auto& state = states_[source];
    const auto now = Clock::now();
    if (state.first == base::Deadline{}) state.first = now;
    if (state.questions++ == 0) state.since = now;
    if (!thread_.joinable()) {
      try {
        thread_ = std::thread([this] { watch(); });
      } catch (const std::system_error&) {
        return;  // without a thread nobody counts as silent
      }
    }
  }
  changed_.notify_all();
}

void SourceWatch::end(const budget::Source& source) {
  const std::lock_guard lock(mutex_);
  --states_[source].questions;
}

void SourceWatch::note_answer(const budget::Source& source) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(states_[source].answered, true)) return;
  }
  tell_(source, true);
}

base::Deadline SourceWatch::until(const budget::Source& source, base::Deadline deadline) const {
  const std::lock_guard lock(mutex_);
  const auto& state = states_.at(source);
  if (!state.known_silent || state.answered) return deadline;
  return std::min(deadline, state.first + budget::patience_with_silent);
}

void SourceWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    const auto next =
        std::min_element(states_.begin(), states_.end(),
                         [](const auto& one, const auto& other) { return due(one) < due(other); });
    if (Clock::now() >= due(*next)) {
      look_at(*next, lock);
    } else if (due(*next) == base::Deadline::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, due(*next));
    }
  }
}

base::Deadline SourceWatch::due(const States::value_type& one) {
  const auto& [source, state] = one;
  if (state.questions == 0 || state.answered || state.told_silent) return base::Deadline::max();
  const bool probes = source == budget::Source::nameservers() && !state.probed;
  return state.since + (probes ? before_probe : ask::long_silence);
}

/// Its time has come.
void SourceWatch::look_at(States::value_type& one, std::unique_lock<std::mutex>& lock) {
  auto& [source, state] = one;
  const bool probes = source == budget::Source::nameservers() && !state.probed;
  const auto until = state.since + ask::long_silence;
  (probes ? state.probed : state.told_silent) = true;
  lock.unlock();
  if (!probes) {
    tell_(source, false);
  } else if (probe_(until)) {
    note_answer(source);
  }
  lock.lock();
}

}  // namespace badclients::network
