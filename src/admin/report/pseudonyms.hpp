#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace badclients::admin::report {

/// Names that stand for users' names: the same for the same user of one site, and nobody without
/// the site's key can tell whose they are.
class Pseudonyms {
 public:
  /// With the key of `state_path`, which is made where there is none (report.key, 0600).
  /// Error: why there is none.
  static tl::expected<Pseudonyms, std::string> of_site(const std::string& state_path);
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

  /// "user-3f9a2c1b7d40": 48 bits of HMAC-SHA-256.
  [[nodiscard]] std::string user(std::string_view name) const { return make("user", name); }
  /// "address-3f9a2c1b7d40"
  [[nodiscard]] std::string address(std::string_view text) const { return make("address", text); }

 private:
  [[nodiscard]] std::string make(std::string_view kind, std::string_view text) const;

  std::string key_;
};

}  // namespace badclients::admin::report
