#pragma once

#include <string>

namespace badclients::lookup {

/// 128 random bits, as hexadecimal digits: a name that nobody else has, and nobody guesses.
std::string random_token();

}  // namespace badclients::lookup
