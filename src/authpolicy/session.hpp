#pragma once

#include <chrono>
#include <string>

#include "audit/sink.hpp"
#include "door/progress.hpp"

namespace badclients::authpolicy {

// How long each wait may take.
inline constexpr std::chrono::seconds longest_for_first{2};    ///< until the first request begins
inline constexpr std::chrono::seconds longest_between{60};     ///< until the next one begins
inline constexpr std::chrono::seconds longest_for_request{2};  ///< from its first byte to its last
inline constexpr std::chrono::seconds longest_for_answer{2};   ///< until the client has taken it
inline constexpr std::chrono::seconds longest_for_end{1};  ///< until the client has closed its side

/// What is the same for all requests of a connection.
struct Surroundings {
  std::string config_path;
  audit::Surroundings log;
};

/// Reads requests, decides and answers. It needs file systems and the network, so it may hang or
/// die: `progress` says what its request ends with then. Returns when the client has closed the
/// connection or is late, behind an answer other than 200 and 500, where the client does not keep
/// the connection, at SIGTERM, and once the program's file was replaced.
void serve(const Surroundings& surroundings, door::Progress& progress);

}  // namespace badclients::authpolicy
