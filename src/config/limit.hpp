#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

/// How often a server may be asked: the values of [budget].
namespace badclients::config {

/// By what a registry is asked.
enum class Service : std::uint8_t { rdap, whois };

/// "rdap" "whois"
std::string_view to_string(Service service);
/// Nothing for other words.
std::optional<Service> service_named(std::string_view name);

/// At most `count` questions in any stretch of time as long as `window`.
struct Limit {
  std::optional<Service> service;  ///< only questions by this one count; nothing: all count
  std::uint32_t count = 0;         ///< at least 1
  std::chrono::milliseconds window{};
  friend bool operator==(const Limit&, const Limit&) = default;

  /// "120/1m" "rdap:500/24h", as in the file
  [[nodiscard]] std::string str() const;
};

/// All of them hold; empty: no limit.
using Limits = std::vector<Limit>;

/// No limit is longer than this.
inline constexpr std::chrono::hours longest_window{24 * 7};

/// `none`, or up to 8 limits with blanks between them. Error: what stands behind "section/key: ".
tl::expected<Limits, std::string> read_limits(std::string_view text);

}  // namespace badclients::config
