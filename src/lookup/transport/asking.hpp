#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "lookup/protocol.hpp"
#include "lookup/transport/dns.hpp"

namespace badclients::lookup {

class Permits;

/// What every question to the network needs. Shared by all questions of a request; nothing in it
/// changes while they run.
struct Asking {
  const config::Config& config;
  const Resolver& resolver;
  Deadline deadline;
  /// Who is asked before a question to a server whose questions are counted; null: nobody, and
  /// everything is permitted.
  Permits* permits = nullptr;
};

/// An answer, ready to become a known fact.
template <class T>
struct Learnt {
  T value{};
  std::chrono::seconds ttl{};
  std::string source;  ///< who said so, for people: "dns", "whois.ripe.net"
};

/// Why a question has no answer. `text` says it in full: the server and what it did or said.
struct Trouble {
  std::string source;
  std::string text;
  /// When asking again makes sense, where a server said so or its budget is used up.
  std::optional<std::chrono::seconds> again{};
};

template <class T>
using Outcome = tl::expected<Learnt<T>, Trouble>;

/// Asks `sources` (those of `setting`) one after the other, until one can answer. While there are
/// others to follow, a source gets half of the time that is left, for one that is silent must not
/// take it all. Where none can answer: the troubles of all.
template <class T, class Sources, class Ask>
Outcome<T> ask_in_order(const Asking& asking, const Sources& sources, std::string_view setting,
                        Ask ask) {
  Trouble trouble{"", std::string(setting) + " is none"};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto time_for_one = asking.deadline;
    if (i + 1 < sources.size()) {
      const auto now = std::chrono::steady_clock::now();
      time_for_one = now + (asking.deadline - now) / 2;
    }
    auto for_one = asking;
    for_one.deadline = time_for_one;
    Outcome<T> outcome = ask(for_one, sources[i]);
    if (outcome) return outcome;
    auto& error = outcome.error();
    if (i == 0) {
      trouble = std::move(error);
    } else {
      trouble.text += "; " + error.text;
      // The first that can be asked again may have the answer.
      if (error.again) trouble.again = std::min(trouble.again.value_or(*error.again), *error.again);
    }
  }
  return tl::unexpected(std::move(trouble));
}

}  // namespace badclients::lookup
