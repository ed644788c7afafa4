#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "ask/wire/protocol.hpp"
#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// Asks the network all that `request` wants: what is independent at the same time, what depends on
/// another answer the moment that is there. `say` gets one encode_answer() line for each fact,
/// known or failed, as soon as it is settled; from any thread, one call at a time. Returns when all
/// are settled; no later than context.deadline and the microseconds it takes to say so.
///
/// An origin that has to be asked for on the way to something else is said too. `describe` gives
/// the description of an AS, from a thread for each; without it the network does.
using Describe = std::function<Outcome<facts::AsDescription>(std::uint32_t asn)>;
void answer(const ask::Request& request, const QueryContext& context,
            const std::function<void(const std::string& line)>& say, const Describe& describe = {});

/// Whether that may take RDAP, for which QueryContext::https is needed.
bool needs_https(const ask::Request& request, const config::Config& config);

}  // namespace badclients::network
