#pragma once

#include <functional>
#include <string>

#include "ask/wire/protocol.hpp"
#include "facts/facts.hpp"
#include "network/shared/line.hpp"
#include "network/transport/https.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// answer() (questions.hpp), where hosts share a cache: says at once what is in there, asks the
/// network for the rest, and puts that in. What belongs to a network (origin, AS descriptions,
/// registration) is asked by one host at a time, for which the others wait; where that one dies,
/// the next takes over, and where there is no answer by the deadline, there is none. Without the
/// shared cache, or when it fails, it is as if there were none.
void answer_by_shared(SharedLine& line, const ask::Request& request, const QueryContext& context,
                      const Https& https, facts::Time now,
                      const std::function<void(const std::string& line)>& say);

}  // namespace badclients::network
