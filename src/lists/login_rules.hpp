#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "lists/index_file.hpp"
#include "lists/sources.hpp"

namespace badclients::lists {

/// All rules as they are at the moment, for one login: from state_path/lists.index, where no list
/// has changed since that was made.
///
/// Who first sees a change makes a new one, and waits for it; those who come meanwhile go on with
/// the old one, or, where there is none, read the lists themselves. A login that begins after that
/// has the change. So has every login where the index can be neither made nor read: it reads the
/// lists itself, and says why.
///
/// root reads what there is in a folder of another user's, but writes nothing there: that user
/// could not replace it.
class LoginRules {
 public:
  /// Takes as long as reading the lists, at most; without a change a stat() a file. Error: the
  /// lists cannot be compiled.
  static tl::expected<LoginRules, std::string> open(
      const std::string& list_path, const std::string& state_path,
      const WallClock& clock = std::chrono::system_clock::now);

  [[nodiscard]] const Index& index() const { return file_.index(); }
  /// Lines of lists that have no effect: how many, and the first of them, in words.
  [[nodiscard]] std::size_t fault_count() const { return file_.fault_count(); }
  [[nodiscard]] std::vector<std::string> faults() const { return file_.faults(); }
  /// Why lists.index does not serve as it should; empty for nothing.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Whether the rules are lists.index's: not those of a login that read the lists itself.
  [[nodiscard]] bool from_file() const { return mapping_.has_value(); }

 private:
  friend class RulesOpener;
  explicit LoginRules(IndexFile file) : file_(std::move(file)) {}

  std::optional<Mapping> mapping_;           // one of both
  std::unique_ptr<const std::string> read_;  // holds the bytes
  IndexFile file_;
  std::string trouble_;
};

}  // namespace badclients::lists
