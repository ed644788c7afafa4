#pragma once

#include <string>
#include <vector>

#include "admin/metrics/family.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

namespace badclients::admin::metrics {

/// What is at the moment: the age of GeoIP databases, how often servers were asked, and which are
/// closed or silent. Troubles: what could not be looked at.
std::vector<Family> gauges(const config::Config& config, facts::Time now,
                           std::vector<std::string>& troubles);

}  // namespace badclients::admin::metrics
