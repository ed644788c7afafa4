#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "budget/server_name.hpp"

namespace badclients::budget {

/// Whom answers come from, as far as silence is told of them: the nameservers together, or a
/// registry's server by one service. A DNS zone is none, nor is a server that somebody refers to:
/// whoever logs in may own one that is silent.
struct Source {
  std::string name;  ///< "dns", "whois ripencc", "rdap arin"
  friend auto operator<=>(const Source&, const Source&) = default;

  static Source nameservers() { return {"dns"}; }
  /// Nothing: a stranger.
  static std::optional<Source> of(const ServerName& server);
  /// Nothing: no source's name.
  static std::optional<Source> named(std::string_view name);
};

/// One that has not answered is waited for no longer than this once `most_silences` logins in a row
/// had no answer from it; what it is asked goes on in the background. Any answer ends that.
inline constexpr std::chrono::milliseconds patience_with_silent{200};
inline constexpr unsigned most_silences = 3;

}  // namespace badclients::budget
