#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::update {

/// `badclientsctl update`. Fetches published address ranges and writes them as lists; see
/// badclientsctl(8). Has to run as the owner of list_path.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::update
