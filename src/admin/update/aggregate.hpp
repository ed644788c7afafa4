#pragma once

#include <vector>

#include "net/network.hpp"

namespace badclients::admin::update {

/// The fewest networks that hold exactly the addresses of `networks`, sorted: none lies within or
/// beside another that it could be merged with (RFC 4632 section 5).
std::vector<net::Network> aggregate(std::vector<net::Network> networks);

}  // namespace badclients::admin::update
