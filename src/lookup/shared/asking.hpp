#pragma once

#include <functional>
#include <string>

#include "facts/facts.hpp"
#include "lookup/protocol.hpp"
#include "lookup/shared/line.hpp"
#include "lookup/transport/asking.hpp"
#include "lookup/transport/https.hpp"

namespace badclients::lookup {

/// answer() (questions.hpp), where hosts share a cache: says at once what is in there, asks the
/// network for the rest, and puts that in. What belongs to a network (origin, AS descriptions,
/// registration) is asked by one host at a time, for which the others wait; where that one dies,
/// the next takes over, and where there is no answer by the deadline, there is none. Without the
/// shared cache, or when it fails, it is as if there were none.
void answer_by_shared(SharedLine& line, const Request& request, const Asking& asking,
                      const Https& https, facts::Time now,
                      const std::function<void(const std::string& line)>& say);

}  // namespace badclients::lookup
