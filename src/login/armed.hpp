#pragma once

#include "audit/line.hpp"
#include "facts/verdict.hpp"

namespace badclients::login {

/// What a login ends with if it ends now.
struct Armed {
  /// The strictest verdict that the known facts support. In the end it is found on all facts;
  /// before that it is what a rule says about the known ones, else `on_error`.
  facts::Verdict verdict;
  audit::Line line;
  /// Whether a rule or all the facts say so, and not merely `on_error`.
  bool founded = false;
  const char* next = "";  ///< what the login does next, in words: "reading the lists"

  /// Whether a login that an internal error breaks off ends with `verdict`, too; else it ends with
  /// tempfail. After such an error only a founded verdict lets in.
  [[nodiscard]] bool holds() const {
    return founded || verdict.decision != facts::Verdict::Decision::allow;
  }
};

}  // namespace badclients::login
