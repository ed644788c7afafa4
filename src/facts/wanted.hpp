#pragma once

#include <string>
#include <vector>

namespace badclients::facts {

/// Which facts are worth having for one login: those that some rule looks at, and those that the
/// audit line shows.
struct Wanted {
  bool reverse_names = false;
  bool confirmed_names = false;  ///< forward confirmation of the reverse names too
  bool origin = false;
  bool as_description = false;  ///< of each AS of facts::described_asns
  bool registration = false;
  std::vector<std::string> dnsbl_zones;  ///< no duplicates

  [[nodiscard]] bool any() const {
    return reverse_names || confirmed_names || origin || as_description || registration ||
           !dnsbl_zones.empty();
  }
};

}  // namespace badclients::facts
