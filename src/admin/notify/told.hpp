#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "facts/facts.hpp"

namespace badclients::admin::notify {

/// Who is told again after how long.
inline constexpr std::chrono::hours told_for{24 * 90};

/// Who was told about which client, and when: state_path/notified, mode 0600, a line each, "SECONDS
/// CLIENT-ID ADDRESS". What is older than told_for is forgotten. As long as this lives no other
/// process has it, so nobody is told by two at once.
class Told {
 public:
  /// Error: why it cannot be used; another process has it.
  static tl::expected<Told, std::string> open(const std::string& state_path, facts::Time now);
  /// For looking alone: waits for nobody, makes no file.
  static tl::expected<Told, std::string> look(const std::string& state_path, facts::Time now);

  /// When that was. Letters of an address count in any case.
  [[nodiscard]] std::optional<facts::Time> when(const std::string& client_id,
                                                const std::string& address) const;

  /// Remembers it, on disk before this returns. Error: it could not be written.
  tl::expected<void, std::string> add(const std::string& client_id, const std::string& address,
                                      facts::Time now);

 private:
  using Key = std::pair<std::string, std::string>;
  static Key key(const std::string& client_id, const std::string& address);
  tl::expected<bool, std::string> read(const std::string& state_path, facts::Time now);
  tl::expected<void, std::string> write_anew(const std::string& state_path);

  std::string path_;
  base::Descriptor lock_, file_;
  std::map<Key, std::int64_t> seconds_;
};

}  // namespace badclients::admin::notify
