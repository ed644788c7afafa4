#pragma once

#include <chrono>
#include <string>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "lists/dependencies.hpp"
#include "lists/index_store.hpp"

namespace badclients::lists {

using base::Descriptor;

/// A process that makes a new index of the lists. It has none of this process' other descriptors,
/// goes on when this process ends, and is nobody's child. When the index is in its place it gives
/// the right back, says so, and then syncs the index to the disk: nobody waits for the disk.
class IndexMaker {
 public:
  using Clock = std::chrono::steady_clock;

  /// Error: no process can be started, as a sentence.
  static tl::expected<IndexMaker, std::string> start(const IndexStore& store, Descriptor right,
                                                     const std::string& list_path,
                                                     const WallClock& clock);

  enum class Outcome : char {
    made = 'm',      ///< the index is in its place
    failed = 'f',    ///< it cannot be written
    hopeless = 'h',  ///< the lists cannot be compiled, as they are
    late = 'l',      ///< it is not ready yet
    lost = 'k',      ///< somebody has killed the process
  };
  struct Result {
    Outcome outcome;
    std::string reason;  ///< why the index is not there, as a sentence
  };
  /// Waits until `deadline`.
  [[nodiscard]] Result wait(Clock::time_point deadline) const;

 private:
  explicit IndexMaker(std::string path, Descriptor report)
      : path_(std::move(path)), report_(std::move(report)) {}

  std::string path_;
  Descriptor report_;
};

}  // namespace badclients::lists
