#pragma once

#include "config/config.hpp"
#include "facts/login.hpp"
#include "facts/scope.hpp"

namespace badclients::config {

/// The scope of a login with this service and address. A network holds the login that holds its
/// address, or the address that this one carries (net::Address::carried).
facts::Scope scope_of(const facts::Login& login, const Config& config);

}  // namespace badclients::config
