#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "base/stamp.hpp"

namespace badclients::base {

/// What was read from a file, as a process keeps it while the file stays the same: one stat().
template <class Value, class Error = std::string>
class KeptFile {
 public:
  using Result = tl::expected<Value, Error>;

  /// As `read(path)`, which is called unless the same path was read before, without an error, and
  /// still leads to the same file, unchanged. What is returned is valid until the next call.
  template <class Read>
  const Result& load(const std::string& path, Read read) {
    const bool holds = result_ && *result_ && path == path_ && seen_.holds(path.c_str());
    if (!holds) {
      result_.reset();
      seen_ = Seen::at(path.c_str());
      path_ = path;
      result_.emplace(read(path));
      ++reads_;
    }
    return *result_;
  }

  /// How often it was read: another number, another value. 0: never.
  [[nodiscard]] std::uint64_t reads() const { return reads_; }

 private:
  std::string path_;
  Seen seen_;
  std::optional<Result> result_;
  std::uint64_t reads_ = 0;
};

}  // namespace badclients::base
