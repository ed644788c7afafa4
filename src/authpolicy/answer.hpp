#pragma once

#include <string>

#include "config/config.hpp"
#include "door/progress.hpp"
#include "facts/verdict.hpp"

namespace badclients::authpolicy {

/// An answer without the rest of HTTP: status and body.
using door::Answer;

/// 200 with the policy protocol's object: status 0 for an allowed login, -1 and a text for a
/// refused one, on every service: the verdict's, else general/deny_message, else a sentence of
/// ours. 500 where it cannot be decided.
Answer answer(const facts::Verdict& verdict, const config::Config::General& settings);

/// The text for the user of a login that is refused with this message, in one line; never empty.
std::string text_for_user(const std::string& message, const config::Config::General& settings);

Answer cannot_decide();

/// The answer to what asks for no verdict.
Answer noted();

/// The answer with this status to a request that is none: why, in one line.
Answer refusal(int status, const std::string& why);

}  // namespace badclients::authpolicy
