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
/// Who has a question has the lock on bytes of `state_path`/askers.lock, which is empty and stays
/// so: an open file description's lock (fcntl(2), F_OFD_SETLK), which the kernel gives up when the
/// last process that holds it ends, however it ends. So there is no lease to leave behind, nothing
/// to clean up. Where the file system has no such locks, everybody can take every question.
///
/// All lock the first byte of the question, and a random number of bytes behind it: so those who
/// wait see that another has it than before, and need not see it free in between.
class SingleFlight {
 public:
  /// The first byte. Two questions that are the same have the same number. Two others may share
  /// one, too: the cost is one needless wait.
  using Question = std::uint64_t;
  static Question number(std::string_view text);

  /// Error: the file cannot be made or opened: path and reason.
  static tl::expected<SingleFlight, std::string> open(const std::string& state_path);
  /// With the questions of the process that has left us this descriptor, which is ours from now on.
  /// Where it is not that of the file: as open.
  static tl::expected<SingleFlight, std::string> inherit(const std::string& state_path,
                                                         int descriptor);

  /// Never waits. False: another process has it.
  [[nodiscard]] bool take(Question question);
  void give_up(Question question);
  void give_up_all();

  /// Waits until nobody has one of the questions, or another than at the last look (of all calls),
  /// and says which. Nothing: the deadline has passed. That it was given up is noticed after an
  /// eighth of the time waited so far, 50 ms at most.
  [[nodiscard]] std::optional<Question> wait_for_any(std::span<const Question> questions,
                                                     base::Deadline deadline);
  /// How often wait_for_any has said so of this one. One in a thousand changes is not noticed.
  [[nodiscard]] unsigned rounds(Question question) const;

  /// For a process that takes over the questions taken so far.
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
