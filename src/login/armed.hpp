#pragma once

#include "audit/line.hpp"
#include "facts/verdict.hpp"

namespace badclients::login {

/// What a login ends with if it ends now.
struct Armed {
  /// The strictest that what is known supports: of all the facts in the end; before that what a
  /// rule says on those that are known, else `on_error`.
  facts::Verdict verdict;
  audit::Line line;
  /// Whether it is what a rule or all the facts say, and not merely `on_error`.
  bool founded = false;
  const char* next = "";  ///< what is done from now on, in words: "reading the lists"

  /// Whether a login that an internal error breaks off ends with it, too; else with tempfail. Only
  /// what is founded lets in.
  [[nodiscard]] bool holds() const {
    return founded || verdict.decision != facts::Verdict::Decision::allow;
  }
};

}  // namespace badclients::login
