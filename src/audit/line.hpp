#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"

/// The audit line, its sinks, and reading it back.
namespace badclients::audit {

/// An audit line without the fields that are known only when it is written.
struct Line {
  std::string before_took, after_took;

  /// The whole line. `error` says what went wrong, in words, and stands last; empty for nothing.
  [[nodiscard]] std::string text(std::chrono::nanoseconds took, std::string_view error = {}) const;
};
Line prepare(const facts::Login& login, const facts::Facts& facts, const facts::Verdict& verdict);

/// "mail-audit: user=<alice>, service=imap, ip=..., ..., took=1.4ms", one line without its end. The
/// original's format up to the last `entity=`; new fields behind. Nothing in the arguments can
/// forge a field: inside <> the characters < > \, controls and bytes that are not UTF-8 are written
/// \xHH, elsewhere space, comma and = too.
std::string line(const facts::Login& login, const facts::Facts& facts,
                 const facts::Verdict& verdict, std::chrono::nanoseconds took);

/// "mail-audit-maxmind: user=<...>, ...": the original's second line; nothing where no GeoIP
/// database knows the address.
std::optional<std::string> maxmind_line(const facts::Login& login, const facts::Facts& facts);

}  // namespace badclients::audit
