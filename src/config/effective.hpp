#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace badclients::config {

/// A key, and what is in force for it.
struct Effective {
  std::string section, name;
  std::string value;         ///< as it would be written in the file
  std::string default_text;  ///< likewise; empty for a line of [update]
  unsigned line = 0;         ///< that sets it; 0: none does
  bool from_original = false;
};

/// Every key in the order of the table, then the lines of [update] in that of the file. A value
/// that is wrong is not in force: what counts is the last that is right, else the default; what was
/// probably meant for general/mode counts as `monitor`, as with parse().
std::vector<Effective> effective(std::string_view text, const std::string& name);

/// The same for a file. Error: why it cannot be read, as with load().
tl::expected<std::vector<Effective>, Problem> load_effective(const std::string& path);

}  // namespace badclients::config
