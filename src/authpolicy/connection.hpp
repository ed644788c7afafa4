#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace badclients::authpolicy {

/// The client, on standard input and output: one socket or two pipes, blocking or not. Making one
/// blocks SIGTERM for good; only the functions that say so notice it.
class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Connection();

  enum class Came { bytes, nothing, end, sigterm };
  /// Waits for bytes until `until`, and appends what has come to `bytes`.
  static Came read(std::string& bytes, Time until);
  /// The same, but also returns when SIGTERM comes. Bytes that have come are read first.
  Came read_unless_sigterm(std::string& bytes, Time until);

  /// False: not all bytes could be written by then.
  static bool write(std::string_view bytes, Time until);

  /// Shuts down the socket for writing, then reads and drops what still comes, until `until` at
  /// most. Closing a socket that has unread bytes would lose the answer on its way to the client.
  static void end(Time until);

  /// Whether SIGTERM has come.
  static bool told_to_end();

 private:
  base::Descriptor sigterm_;
};

}  // namespace badclients::authpolicy
