#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "budget/permits.hpp"

namespace badclients::network {

/// The process that has started badclients-lookup, seen from there: it hears lines, and gives
/// permits (dialogue.hpp).
class Parent : public budget::Permits {
 public:
  /// `out` takes lines for the parent, answers to questions for permits come from `in`, which is
  /// read no further than the request before. Both stay the caller's.
  Parent(int in, int out) : in_(in), out_(out) {}

  /// Writes a line that has its LF, whole. With nobody left to read, there is nothing left to do:
  /// ends the process.
  void say(std::string_view line);

  /// Refused, too, where the parent does not answer by the deadline or makes no sense.
  std::optional<budget::Refusal> permit(const budget::ServerName& server,
                                        base::Deadline deadline) override;
  void close(const budget::ServerName& server, std::chrono::seconds length,
             const std::string& reason) override;

 private:
  /// Empty: there is none by then.
  std::string read_line(base::Deadline deadline);

  int in_, out_;
  std::mutex saying_, permit_mutex_;
  std::string read_;  ///< what has come of the next lines
  unsigned asked_ = 0;
};

}  // namespace badclients::network
