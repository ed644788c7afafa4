#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

namespace badclients::admin::setup {

/// `badclientsctl setup`: connects badclients with the Dovecot of this host, or takes that back;
/// see badclientsctl(8).
int run(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::setup
