#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::replay {

/// `badclientsctl replay`: 0 where no login would be refused, 1 where one would, 2 where it was
/// called wrongly or cannot be done.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::replay
