#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "budget/server_name.hpp"

namespace badclients::network {

/// Sees which sources answer this process and which are silent (budget::Source), and shortens the
/// wait for those that are known to be.
///
/// A nameserver that has no answer to a question may wait for a zone that is mute. So before the
/// nameservers count as silent they are asked for the root's servers, which each of them knows.
class SourceWatch {
 public:
  /// Hears once at most that a source is silent (no answer for long_silence), and that it answered;
  /// from any thread.
  using Tell = std::function<void(const budget::Source& source, bool answered)>;
  /// Asks the nameservers for the root's servers, until the deadline. Whether any has answered.
  using Probe = std::function<bool(base::Deadline deadline)>;

  SourceWatch(const std::vector<budget::Source>& known_silent, Tell tell, Probe probe);
  SourceWatch(const SourceWatch&) = delete;
  SourceWatch& operator=(const SourceWatch&) = delete;
  ~SourceWatch();

  /// A question, while its answer is waited for.
  class Question {
   public:
    /// Nothing is watched where either is missing.
    Question(SourceWatch* watch, std::optional<budget::Source> source);
    Question(Question&& other) noexcept
        : watch_(std::exchange(other.watch_, nullptr)), source_(std::move(other.source_)) {}
    Question& operator=(Question&&) = delete;
    ~Question();

    /// `deadline`, or earlier where the source is known to be silent.
    [[nodiscard]] base::Deadline until(base::Deadline deadline) const;
    /// Whatever it said.
    void answered() const;

   private:
    SourceWatch* watch_;
    std::optional<budget::Source> source_;
  };

  /// Whether a source that was asked has not answered, and is silent.
  [[nodiscard]] bool anyone_silent() const;

 private:
  struct State {
    bool known_silent = false;
    bool answered = false, told_silent = false, probed = false;
    unsigned questions = 0;  ///< that wait
    base::Deadline first{};  ///< question
    base::Deadline since{};  ///< some question waits
  };
  using States = std::map<budget::Source, State>;

  void begin(const budget::Source& source);
  void end(const budget::Source& source);
  void note_answer(const budget::Source& source);
  [[nodiscard]] base::Deadline until(const budget::Source& source, base::Deadline deadline) const;
  void watch();
  [[nodiscard]] static base::Deadline due(const States::value_type& one);
  void look_at(States::value_type& one, std::unique_lock<std::mutex>& lock);

  Tell tell_;
  Probe probe_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  States states_;
  bool ends_ = false;
  std::thread thread_;  ///< from the first question on
};

}  // namespace badclients::network
