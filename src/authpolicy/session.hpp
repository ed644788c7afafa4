#pragma once

#include <chrono>
#include <string>

#include "audit/sink.hpp"
#include "door/progress.hpp"

namespace badclients::authpolicy {

// How long what is waited for may take.
inline constexpr std::chrono::seconds longest_for_first{2};    ///< until the first request begins
inline constexpr std::chrono::seconds longest_between{60};     ///< until the next one does
inline constexpr std::chrono::seconds longest_for_request{2};  ///< from its first byte to its last
inline constexpr std::chrono::seconds longest_for_answer{2};   ///< until the client has taken it
inline constexpr std::chrono::seconds longest_for_end{1};  ///< until the client hears of the end

/// What is the same for all requests of a connection.
struct Surroundings {
  std::string config_path;
  audit::Surroundings log;
};

/// The process that reads requests, decides and answers. It needs file systems and the network, and
/// may be held up, or die: `progress` says what the request that it works on ends with then.
/// Returns when the client has closed the connection, is late, or sent what is no request, and at
/// SIGTERM.
void serve(const Surroundings& surroundings, door::Progress& progress);

}  // namespace badclients::authpolicy
