#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"

namespace badclients::registry {

/// The right to put another registry.db into its place: one process at a time has it. Whatever
/// happens, there is the old one or the new one, whole.
class Replacement {
 public:
  /// Nothing where another process has it. Error: path and reason.
  static tl::expected<std::optional<Replacement>, std::string> begin(const std::string& state_path);
  Replacement(Replacement&& other) noexcept;
  Replacement& operator=(Replacement&&) = delete;
  ~Replacement();

  /// Makes an empty file beside registry.db, in the place of one that a killed process has left,
  /// and returns its path. Where it does not get into its place it is removed. Throws
  /// std::runtime_error with path and reason, as finish() does.
  const std::string& make();
  /// Puts the file, which is complete and on the disk, into its place, for everybody to read.
  void finish();

 private:
  Replacement(std::string state_path, base::Descriptor lock)
      : state_path_(std::move(state_path)), lock_(std::move(lock)) {}
  std::string state_path_, made_;
  base::Descriptor lock_;
};

}  // namespace badclients::registry
