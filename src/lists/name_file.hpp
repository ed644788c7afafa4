#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lists/rulebook.hpp"
#include "lists/source_file.hpp"

namespace badclients::lists {

/// FILE of `@FILE`, where user names are expected; nothing: `text` is something else.
std::optional<std::string_view> name_file_of(std::string_view text);

/// Reads files of user names, one name a line. Comments and blank lines are as in a list; a comment
/// may also follow a name and a blank. A name is compared whole, ignoring the case of ASCII
/// letters.
class NameFiles {
 public:
  struct Names {
    bool readable = false;
    std::uint32_t file = 0;            ///< as RuleSink::add_file
    std::uint64_t errors = 0;          ///< bad lines
    NameFile all;                      ///< in the order of the file
    std::vector<std::uint32_t> lines;  ///< where each of them stands
  };

  /// `root` is list_path. All else must outlive the reader.
  NameFiles(std::string root, Dependencies& dependencies, RuleSink& sink);

  /// `path`: relative to `root`, or absolute. What cannot be read, and each bad line, is reported:
  /// once, however often the file is asked for.
  const Names& read(const std::string& path);
  /// Whether read() was called for the file.
  [[nodiscard]] bool has(const std::string& path) const { return files_.count(path) != 0; }

 private:
  std::string root_;
  Dependencies& dependencies_;
  RuleSink& sink_;
  std::map<std::string, Names> files_;  // one may serve several rules
};

}  // namespace badclients::lists
