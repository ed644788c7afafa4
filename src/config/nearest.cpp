#include "config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace badclients::config {

namespace {

/// Insertions, deletions and replacements that make `b` of `a`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

Nearest::Nearest(std::string_view wrong) : wrong_(wrong), least_(wrong.size() / 3 + 2) {}

void Nearest::offer(std::string_view name) {
  // The names are short; a long `wrong` is none of them, and costs nothing.
  if (wrong_.size() > 2 * name.size() + 2) return;
  const auto found = distance(wrong_, name);
  if (found >= least_) return;
  least_ = found;
  name_ = name;
}

std::string Nearest::hint() const {
  return name_.empty() ? std::string() : fmt::format(" (did you mean {}?)", name_);
}

bool is_near(std::string_view text, std::string_view name) {
  const auto word = base::lowered(text);
  Nearest nearest(word);
  nearest.offer(name);
  return !nearest.name().empty();
}

}  // namespace badclients::config
