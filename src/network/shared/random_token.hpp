#pragma once

#include <string>

namespace badclients::network {

/// 128 random bits, as hexadecimal digits: a name that nobody else has, and nobody guesses.
std::string random_token();

}  // namespace badclients::network
