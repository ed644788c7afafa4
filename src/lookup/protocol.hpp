#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"

/// Asking the network. The helper's side (dns, origin, whois, ...) links the heavy libraries; the
/// asking side (protocol, helper, gather) links none of them.
namespace badclients::lookup {

/// One point in time for all questions of a login. CLOCK_MONOTONIC, so it means the same in the
/// helper's process as in its parent's.
using Deadline = std::chrono::steady_clock::time_point;

/// What badclients-lookup is asked, written to its standard input.
struct Request {
  net::Address address;
  facts::Wanted wanted;
  Deadline deadline;
  /// What the cache knew already, so that dependent questions can start at once.
  std::optional<facts::Origin> origin;
};
std::string encode(const Request& request);
tl::expected<Request, std::string> decode_request(std::string_view text);

/// The helper's standard output: a line for each fact the moment it is known or has failed, so that
/// what was learnt before the deadline is not lost with the process:
///   KIND TAB known|failed TAB TTL TAB SOURCE TAB PAYLOAD LF
/// KIND: ptr origin as registration dnsbl; TTL in seconds; PAYLOAD: facts/serialise.hpp, or the
/// trouble of a failure. `decode_answer` puts one such line into `into`; error: what was wrong with
/// it. Foreign data: nothing about it is trusted.
std::string encode_answer(std::string_view kind, bool known, std::chrono::seconds ttl,
                          std::string_view source, std::string_view payload);
tl::expected<void, std::string> decode_answer(std::string_view line, facts::Time now,
                                              facts::Facts& into);

}  // namespace badclients::lookup
