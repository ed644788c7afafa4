#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "budget/permits.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"
#include "network/https/https.hpp"
#include "network/transport/dns.hpp"

namespace badclients::network {

/// What every question to the network needs. Shared by all questions of a request; nothing in it
/// changes while they run.
struct QueryContext {
  const config::Config& config;
  const Resolver& resolver;
  base::Deadline deadline;
  /// Gives the permit for each question to a server whose questions are counted; null: everything
  /// is permitted.
  budget::Permits* permits = nullptr;
  /// Sees whether servers answer; may be null.
  SourceWatch* watch = nullptr;
  /// For RDAP; null: it is not asked.
  const network::Https* https = nullptr;
  /// The server that the question is for, if it is one; for `watch`.
  std::optional<budget::Source> source{};

  /// The same for a question to this server.
  [[nodiscard]] QueryContext to(const budget::ServerName& server) const {
    auto one = *this;
    one.source = budget::Source::of(server);
    return one;
  }
  /// The same with half of the time that is left: if others follow, a silent server must not take
  /// it all.
  [[nodiscard]] QueryContext for_half_of_the_time() const {
    auto half = *this;
    const auto now = std::chrono::steady_clock::now();
    half.deadline = now + (deadline - now) / 2;
    return half;
  }
};

/// An answer, ready to become a known fact.
template <class T>
struct Learnt {
  T value{};
  std::chrono::seconds ttl{};
  std::string source;  ///< who said so, for people: "dns", "whois.ripe.net"
};

/// Why a question has no answer. `text` says it in full: the server and what it did or said.
struct QueryFailure {
  std::string source;
  std::string text;
  /// When asking again makes sense, where a server said so or its budget is used up.
  std::optional<std::chrono::seconds> again{};
  facts::Cause cause = facts::Cause::question;
};

template <class T>
using Outcome = tl::expected<Learnt<T>, QueryFailure>;

/// The failures of one source after the other, as one.
class QueryFailures {
 public:
  /// `without`: what is wrong where there is no source at all.
  explicit QueryFailures(std::string without) : all_{"", std::move(without)} {}

  void add(QueryFailure failure) {
    if (none_) {
      all_ = std::move(failure);
    } else {
      all_.text += "; " + failure.text;
      // The first that can be asked again may have the answer.
      if (failure.again) all_.again = std::min(all_.again.value_or(*failure.again), *failure.again);
    }
    none_ = false;
  }
  [[nodiscard]] bool none() const { return none_; }
  [[nodiscard]] QueryFailure all() && { return std::move(all_); }

 private:
  QueryFailure all_;
  bool none_ = true;
};

/// Asks `sources` (those of `setting`) one after the other, until one can answer. While there are
/// others to follow, a source gets half of the time that is left. Where none can answer: the
/// failures of all.
template <class T, class Sources, class Ask>
Outcome<T> ask_in_order(const QueryContext& context, const Sources& sources,
                        std::string_view setting, Ask ask) {
  QueryFailures failures(std::string(setting) + " is none");
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool last = i + 1 == sources.size();
    Outcome<T> outcome = ask(last ? context : context.for_half_of_the_time(), sources[i]);
    if (outcome) return outcome;
    failures.add(std::move(outcome.error()));
  }
  return tl::unexpected(std::move(failures).all());
}

}  // namespace badclients::network
