#pragma once

#include <functional>
#include <string>

#include "ask/wire/protocol.hpp"
#include "cache/redis/shared_cache.hpp"
#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// answer() (questions.hpp), where hosts share a cache: says at once what is in there, asks the
/// network for the rest, and puts that in. What belongs to a network (origin, AS descriptions,
/// registration) is asked by one host at a time, for which the others wait; if that one dies, the
/// next takes over, and if there is no answer by the deadline, there is none. Without the shared
/// cache, or when it fails, this is answer().
void answer_with_shared_cache(cache::SharedCache& shared, const ask::Request& request,
                              const QueryContext& context, facts::Time now,
                              const std::function<void(const std::string& line)>& say);

}  // namespace badclients::network
