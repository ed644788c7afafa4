#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace badclients::authpolicy {

/// The client, on standard input and output: one socket, or two pipes, that are blocking or not.
/// While there is one, SIGTERM is blocked, and heard only where that is said.
class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Connection();

  enum class Came { bytes, nothing, end, sigterm };
  /// Waits until `until` for bytes, and appends those that are there to `bytes`.
  static Came read(std::string& bytes, Time until);
  /// The same, or until SIGTERM comes. Bytes that are there already come first.
  Came read_unless_sigterm(std::string& bytes, Time until);

  /// False: not all of it could be written by then.
  static bool write(std::string_view bytes, Time until);

  /// Says that nothing more is written, and drops what still comes, so that what was written
  /// reaches the client: closing a socket with unread bytes would take it back. Takes until `until`
  /// at most.
  static void end(Time until);

  /// Whether SIGTERM has come.
  static bool told_to_end();

 private:
  base::Descriptor sigterm_;
};

}  // namespace badclients::authpolicy
