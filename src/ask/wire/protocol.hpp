#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"
#include "budget/counts.hpp"
#include "budget/server_name.hpp"
#include "facts/facts.hpp"
#include "facts/kinds.hpp"
#include "facts/serialise.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// What a login's process and badclients-lookup write to each other: request and answers.
namespace badclients::ask {

/// What badclients-lookup is asked, written to its standard input.
struct Request {
  net::Address address;
  facts::Wanted wanted;
  base::Deadline deadline;
  /// What the cache knew already, so that dependent questions can start at once.
  std::optional<facts::Origin> origin;
  /// Whether the parent answers questions for permits (dialogue.hpp). If not, the helper asks
  /// without permits.
  bool permits = false;
  budget::Purpose purpose{};  ///< for whom, where permits are counted
  /// Origin, registration: whether only the address' own answer is enough.
  facts::Wanted own{};
  /// ASes whose descriptions are known already.
  std::vector<std::uint32_t> described{};
  /// Sources that are waited for no longer than budget::patience_with_silent.
  std::vector<budget::Source> silent{};
};

/// A line an item, `end` last, so that half a request is not mistaken for a small one:
///   address 52.97.246.245
///   deadline 81234567890123       nanoseconds of CLOCK_MONOTONIC
///   want ptr                      or: confirmed origin as registration
///   want dnsbl zen.spamhaus.org   one a zone, at most most_zones
///   own origin                    or: registration
///   described 64500               one an AS
///   silent whois lacnic           one a source
///   origin ...                    facts/serialise.hpp
///   permits                       before each question to a registry, ask for a permit
///   unproven                      see budget::Purpose
///   allocation 139.162.0.0/16     one a network
///   end
std::string encode(const Request& request);
/// Error: the line number and what is wrong with the line.
tl::expected<Request, std::string> decode_request(std::string_view text);

/// The most DNSBL zones in one request.
inline constexpr std::size_t most_zones = facts::KindOf<facts::DnsblListing>::most;
/// A request longer than this is refused.
inline constexpr std::size_t longest_request = 512 * 1024;

/// What an answer line of the helper's says about a fact.
enum class Result : std::uint8_t {
  known,
  provisional,  ///< a neighbour's answer (facts::Facts::provisional)
  failed,
  unasked,  ///< failed, too: facts::Cause::budget
  silent,   ///< failed, too: facts::Cause::silence
};

/// The helper's standard output: a line for each fact, written when it is known or has failed, so
/// that what was learnt before the deadline is not lost with the process:
///   KIND TAB RESULT TAB TTL TAB SOURCE TAB PAYLOAD LF
/// KIND: ptr origin as registration dnsbl; TTL in seconds; SOURCE: printable ASCII, at most
/// longest_source bytes; PAYLOAD: facts/serialise.hpp, or the trouble of a failure (plain text,
/// encode_answer escapes it). A failed dnsbl has to name its zone, a failed as its AS: the payload
/// is an encoded DnsblListing whose reason is the trouble, an encoded AsDescription whose text is.
std::string encode_answer(std::string_view kind, Result result, std::chrono::seconds ttl,
                          std::string_view source, std::string_view payload);

/// The line of an answer.
template <class T>
std::string encode_known(const T& value, std::chrono::seconds ttl, std::string_view source,
                         Result result = Result::known) {
  return encode_answer(facts::KindOf<T>::name, result, ttl, source, facts::encode(value));
}
/// The line of a failure; `about`: the AS or zone, if the kind has many; else nothing.
template <class T>
std::string encode_failed(T about, Result result, std::chrono::seconds ttl, std::string_view source,
                          const std::string& trouble) {
  if constexpr (facts::OneOfMany<T>) {
    about.*facts::KindOf<T>::text = trouble;
    return encode_answer(facts::KindOf<T>::name, result, ttl, source, facts::encode(about));
  } else {
    return encode_answer(facts::KindOf<T>::name, result, ttl, source, trouble);
  }
}

/// Reads one such line (without its LF) into `into`. The line is foreign: nothing about it is
/// trusted. A TTL over 30 days counts as 30 days. A failure does not replace a known answer (a
/// stale one from the cache). Else the last line of a kind counts; for dnsbl of a zone, for as of
/// an AS. Only origin and registration may be provisional. Error: what is wrong with the line,
/// without its bytes; `into` is as before.
tl::expected<void, std::string> decode_answer(std::string_view line, facts::Time now,
                                              facts::Facts& into);

using facts::longest_source;
/// The longest trouble, in bytes; a longer one is cut.
inline constexpr std::size_t longest_trouble = 256;

}  // namespace badclients::ask
