#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "config/problem.hpp"

namespace badclients::admin {

/// "error" "warning" "note"
const char* word(config::Problem::Severity severity);

/// An array of {file, line, severity, text}; line is null for the file as a whole.
nlohmann::ordered_json problems_json(std::span<const config::Problem> problems);

}  // namespace badclients::admin
