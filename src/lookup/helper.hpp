#pragma once

#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "lookup/protocol.hpp"

namespace badclients::lookup {

/// Runs `program` (badclients-lookup) for one request and fills in what it answers. The helper gets
/// standard input, output and error, no other descriptor, and an empty environment; it is killed at
/// the deadline, and what it printed by then counts. Every wanted fact that did not come is failed.
/// Warnings: the helper is missing, died, or printed what is no answer.
void ask(const std::string& program, const std::string& config_path, const Request& request,
         facts::Facts& into, std::vector<std::string>& warnings);

}  // namespace badclients::lookup
