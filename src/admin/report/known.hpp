#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "logs/login.hpp"

namespace badclients::admin::report {

/// Networks that the administrator knows to be good: those of the university, of the providers of
/// its users.
class Known {
 public:
  /// An AS ("AS680") or a domain ("mpg.de") a line; comments as in lists. Error: "FILE:LINE: why".
  static tl::expected<Known, std::string> read(const std::string& path);

  /// Whether its AS is one of them, or its reverse name is one of the domains or below one.
  [[nodiscard]] bool holds(const logs::Login& login) const;

 private:
  std::set<std::uint32_t> asns_;
  std::set<std::string, std::less<>> domains_;
};

}  // namespace badclients::admin::report
