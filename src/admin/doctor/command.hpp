#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::doctor {

/// `badclientsctl doctor`: see badclientsctl(8).
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::doctor
