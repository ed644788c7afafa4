#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "registry/store.hpp"

namespace badclients::registry {

/// What came of reading a publisher's file.
struct Reading {
  Counts counts;                     ///< entries that were accepted
  std::optional<facts::Time> made;   ///< by its own header; nothing: it does not say
  std::uint64_t lines_left_out = 0;  ///< that were not understood
  std::string first_left_out;        ///< "line 17: no prefix"

  /// Error: that many are wrong that it is another file.
  bool leave_out(std::uint64_t line, const std::string& why);
};

/// A day as files have it, `20260928`; nothing where it is none.
std::optional<facts::Time> day_of(std::string_view text);

}  // namespace badclients::registry
