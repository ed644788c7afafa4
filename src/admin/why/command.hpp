#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::why {

/// `badclientsctl why`: 0 where no login was refused, or there is none, 1 where one that it shows
/// was or would have been, 2 where it was called wrongly or cannot be done.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::why
