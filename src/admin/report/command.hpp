#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::report {

/// `badclientsctl report`: 0 where nobody was refused, 1 where somebody was or would have been, 2
/// where it was called wrongly or cannot be done.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::report
