#pragma once

#include "admin/doctor/host.hpp"

namespace badclients::admin::doctor {

/// The shared cache lets us in, and do all that we do there.
Outcome shared_cache(const Host& host);

}  // namespace badclients::admin::doctor
