#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/problem.hpp"

namespace badclients::lists {

/// Where an entry stands. In a client rule it is a value, behind which no comment may stand.
enum class Use : std::uint8_t { deny_list, allow_list, client_rule };

/// What to say about an entry: a Problem without its place.
struct Remark {
  config::Problem::Severity severity = config::Problem::Severity::error;
  std::string text;
  bool matches_all = false;  ///< matches (nearly) every login: harmless beside other clauses
};

using Remarks = std::vector<Remark>;

inline void note(Remarks& remarks, std::string text) {
  remarks.push_back({config::Problem::Severity::note, std::move(text)});
}

inline void warn(Remarks& remarks, std::string text, bool matches_all = false) {
  remarks.push_back({config::Problem::Severity::warning, std::move(text), matches_all});
}

}  // namespace badclients::lists
