#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "admin/metrics/family.hpp"
#include "logs/login.hpp"

namespace badclients::admin::metrics {

/// What was counted since there is a state: it only grows.
class Counters {
 public:
  void add(const logs::Login& login);

  [[nodiscard]] std::vector<Family> families() const;

  [[nodiscard]] nlohmann::ordered_json json() const;
  /// Throws nlohmann::json::exception where it is not what json() made.
  static Counters from(const nlohmann::ordered_json& json);

  friend bool operator==(const Counters&, const Counters&) = default;

 private:
  /// By the values of its labels. Of more than most_rows the others count together.
  using Table = std::map<std::vector<std::string>, std::uint64_t>;
  static constexpr std::size_t most_rows = 500;
  static void count(Table& table, std::vector<std::string> labels);

  /// Upper bounds of the histogram's buckets, in microseconds.
  static constexpr std::array<std::int64_t, 13> bounds{
      1'000,   2'500,   5'000,     10'000,    25'000,    50'000,    100'000,
      250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  Table logins_, client_hits_, list_hits_, lookups_;
  std::array<std::uint64_t, bounds.size()> buckets_{};  ///< in each alone, not below it
  std::uint64_t timed_ = 0, microseconds_ = 0, errors_ = 0;
  std::int64_t last_ = 0;  ///< seconds since 1970
};

}  // namespace badclients::admin::metrics
