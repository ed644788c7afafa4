#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::notify {

/// `badclientsctl notify`: 0 where everybody is told, or there is nobody to be told; 1 where
/// somebody could not be told, or --dry-run found somebody; 2 where it was called wrongly or cannot
/// be done.
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::notify
