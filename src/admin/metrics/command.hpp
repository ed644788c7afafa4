#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::metrics {

/// `badclientsctl metrics`: 0 where the numbers are shown or written, 2 where it was called wrongly
/// or cannot be done; then nothing was counted.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::metrics
