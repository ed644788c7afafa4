#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

/// The one table of keys: what the parser, the manual and lint know of a key stands in its row.
namespace badclients::config {

/// What is wrong with a value, or worth knowing; the parser adds file, line, section and key.
struct Fault {
  Problem::Severity severity;
  std::string text;
};

struct Row {
  Key key;
  /// Puts `value` into `config` as far as it is good. `folder` is the configuration file's, with a
  /// slash at its end; empty for the working directory.
  std::vector<Fault> (*set)(Config& config, std::string_view value, std::string_view folder);
  bool comment_allowed = true;  ///< false: the value is the whole rest of the line
};

std::span<const Row> table();

}  // namespace badclients::config
