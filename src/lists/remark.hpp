#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/problem.hpp"

namespace badclients::lists {

/// Where an entry stands; in a client rule it is a value, which no comment may follow.
enum class Use : std::uint8_t { deny_list, allow_list, client_rule };

/// What there is to say about an entry: a Problem that does not know its place yet.
struct Remark {
  config::Problem::Severity severity = config::Problem::Severity::error;
  std::string text;
  bool matches_all = false;  ///< the entry matches (nearly) every login: of no harm among others
};

using Remarks = std::vector<Remark>;

inline void note(Remarks& remarks, std::string text) {
  remarks.push_back({config::Problem::Severity::note, std::move(text)});
}

inline void warn(Remarks& remarks, std::string text, bool matches_all = false) {
  remarks.push_back({config::Problem::Severity::warning, std::move(text), matches_all});
}

}  // namespace badclients::lists
