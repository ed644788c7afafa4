#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"

/// `badclientsctl registry`: what registries publish in bulk, held locally; see badclientsctl(8)
/// and badclients-registry(7).
namespace badclients::admin::registry_command {

int update(const std::vector<std::string>& arguments, const Context& context);
int status(const std::vector<std::string>& arguments, const Context& context);
int show(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::registry_command
