#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace badclients::facts {

/// Which facts are worth having for one login: those that some rule looks at, and those that the
/// audit line shows.
struct Wanted {
  bool reverse_names = false;
  bool confirmed_names = false;  ///< forward confirmation too; only together with reverse_names
  bool origin = false;
  bool as_description = false;  ///< of each AS of facts::described_asns
  bool registration = false;
  std::vector<std::string> dnsbl_zones;  ///< no duplicates

  struct Flag {
    std::string_view name;  ///< in requests to badclients-lookup
    bool Wanted::*member;
  };
  static const std::array<Flag, 5> flags;

  [[nodiscard]] bool has_zone(std::string_view zone) const {
    return std::find(dnsbl_zones.begin(), dnsbl_zones.end(), zone) != dnsbl_zones.end();
  }
  [[nodiscard]] bool any() const {
    return !dnsbl_zones.empty() ||
           std::any_of(flags.begin(), flags.end(), [&](const Flag& f) { return this->*f.member; });
  }
  friend bool operator==(const Wanted&, const Wanted&) = default;
};

inline constexpr std::array<Wanted::Flag, 5> Wanted::flags{{
    {"ptr", &Wanted::reverse_names},
    {"confirmed", &Wanted::confirmed_names},
    {"origin", &Wanted::origin},
    {"as", &Wanted::as_description},
    {"registration", &Wanted::registration},
}};

/// What rules still look at.
struct Needed {
  Wanted wanted;
  bool persons = false;  ///< of the registration, handles that RIPE's bulk data leaves out
};

/// What is in either.
inline Wanted operator+(Wanted a, const Wanted& b) {
  for (const auto& [name, member] : Wanted::flags) a.*member |= b.*member;
  for (const auto& zone : b.dnsbl_zones) {
    if (!a.has_zone(zone)) a.dnsbl_zones.push_back(zone);
  }
  return a;
}

/// What is in both.
inline Wanted operator&(Wanted a, const Wanted& b) {
  for (const auto& [name, member] : Wanted::flags) a.*member &= b.*member;
  std::erase_if(a.dnsbl_zones, [&](const auto& zone) { return !b.has_zone(zone); });
  return a;
}

/// What is in `a` alone.
inline Wanted operator-(Wanted a, const Wanted& b) {
  for (const auto& [name, member] : Wanted::flags) a.*member &= !(b.*member);
  std::erase_if(a.dnsbl_zones, [&](const auto& zone) { return b.has_zone(zone); });
  return a;
}

}  // namespace badclients::facts
