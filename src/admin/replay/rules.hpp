#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "lists/index.hpp"

namespace badclients::admin::replay {

/// Rules that were read for a replay.
class Rules {
 public:
  /// All that list_path says now; `file`: of it the allow entries alone, and what is in this file,
  /// a list by its name or a client file. Error: why there are none.
  static tl::expected<Rules, std::string> read(const std::string& list_path,
                                               const std::string& file = {});

  [[nodiscard]] const lists::Index& index() const { return *index_; }
  /// What is wrong with them, in words.
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::unique_ptr<const std::string> bytes_;
  std::unique_ptr<const lists::Index> index_;
  std::vector<std::string> faults_;
};

}  // namespace badclients::admin::replay
