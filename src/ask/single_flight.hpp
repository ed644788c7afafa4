#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "ask/wire/protocol.hpp"
#include "base/deadline.hpp"
#include "base/descriptor.hpp"

namespace badclients::ask {

/// Of several processes that have the same question for the network, one takes it and asks; the
/// others wait, and find its answer in the cache.
///
/// A process that has a question holds a lock on bytes of `state_path`/askers.lock, which is empty
/// and stays so. It is an open file description's lock (fcntl(2), F_OFD_SETLK): the kernel gives it
/// up when the last process that holds it ends, however it ends, so nothing is left to clean up. If
/// the file system has no such locks, every process can take every question.
///
/// Each locks the first byte of the question, and a random number of bytes behind it. So processes
/// that wait see that another holder has it, even if they never see it free.
class SingleFlight {
 public:
  /// The number of a question's first byte. Two questions may share a number; the cost is one
  /// needless wait.
  using Question = std::uint64_t;
  static Question number(std::string_view text);

  /// Error: the file cannot be made or opened: path and reason.
  static tl::expected<SingleFlight, std::string> open(const std::string& state_path);
  /// Takes over the questions of the process that has left us this descriptor, and owns it from now
  /// on. If it is another file's: as open().
  static tl::expected<SingleFlight, std::string> inherit(const std::string& state_path,
                                                         int descriptor);

  /// Takes the question. Never waits. False: another process has it.
  [[nodiscard]] bool take(Question question);
  void give_up(Question question);
  void give_up_all();

  /// Waits until one of the questions is free, or has another holder than at the last look (of all
  /// calls), and returns it. Nothing: the deadline has passed. Looks again after an eighth of the
  /// time waited so far, but at most 50 ms.
  [[nodiscard]] std::optional<Question> wait_for_any(std::span<const Question> questions,
                                                     base::Deadline deadline);
  /// How often wait_for_any() has seen that for this question. It misses one in a thousand changes.
  [[nodiscard]] unsigned rounds(Question question) const;

  /// For a process that takes over our questions: inherit().
  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 private:
  /// How many bytes are locked; 0: none.
  using Length = std::uint64_t;
  struct Seen {
    Length length = 0;
    unsigned rounds = 0;
  };

  SingleFlight(base::Descriptor descriptor, Length length)
      : descriptor_(std::move(descriptor)), length_(length) {}
  [[nodiscard]] Length locked(Question question) const;
  bool is_over(Question question);

  base::Descriptor descriptor_;
  Length length_;
  std::map<Question, Seen> seen_;
};

}  // namespace badclients::ask
