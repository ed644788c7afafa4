#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace badclients::config {

/// Finds what an administrator may have meant: of the names that are offered, the one that takes
/// the fewest insertions, deletions and replacements of a character; the first of several.
class Nearest {
 public:
  explicit Nearest(std::string_view wrong);
  void offer(std::string_view name);

  /// Empty where none is near enough to be a typing error. As offered, so valid as long.
  [[nodiscard]] std::string_view name() const { return name_; }
  /// " (did you mean NAME?)"; empty where none is near.
  [[nodiscard]] std::string hint() const;

 private:
  std::string_view wrong_;
  std::size_t least_;
  std::string_view name_;
};

/// Whether `text` is `name` (lower case), in any case, or that with a typing error.
bool is_near(std::string_view text, std::string_view name);

}  // namespace badclients::config
