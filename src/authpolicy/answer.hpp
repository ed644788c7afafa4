#pragma once

#include <string>

#include "config/config.hpp"
#include "door/progress.hpp"
#include "facts/verdict.hpp"

namespace badclients::authpolicy {

/// An answer without the rest of HTTP: status and body.
using door::Answer;

/// Allowed or refused: 200 with the policy protocol's object, status 0, or -1 and a text. The text
/// is the verdict's, else general/deny_message, else a sentence of ours, on every service.
/// Undecided: 500.
Answer answer(const facts::Verdict& verdict, const config::Config::General& settings);

/// The text for a user who is refused with this message, in one line; never empty.
std::string text_for_user(const std::string& message, const config::Config::General& settings);

Answer cannot_decide();

/// The answer to a request that asks for no verdict.
Answer noted();

/// Any other answer than 200: this status, and one line that says why.
Answer refusal(int status, const std::string& why);

}  // namespace badclients::authpolicy
