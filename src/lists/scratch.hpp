#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lists/descriptor.hpp"

namespace badclients::lists {

/// A file without a name, for what does not fit into memory. It is made when it is first needed,
/// and gone with the process. Throws std::system_error.
class Scratch {
 public:
  /// `folder`: where to make it; empty: nowhere.
  explicit Scratch(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] bool is_possible() const { return !folder_.empty(); }

  /// Where the bytes lie.
  std::uint64_t append(std::string_view bytes);
  void read(char* bytes, std::size_t size, std::uint64_t offset) const;

 private:
  std::string folder_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace badclients::lists
