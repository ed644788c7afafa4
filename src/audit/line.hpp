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

/// How a line has its fields (general/log_format).
enum class Form : unsigned char {
  line,  ///< `user=<alice>, service=imap`
  json,  ///< `{"user":"alice","service":"imap"}`
};

/// An audit line without the fields that are known only when it is written.
struct Line {
  std::string user;                     ///< from its first byte to the user's name
  std::string before_took, after_took;  ///< the rest
  Form form = Form::line;

  /// The whole line. `error` says what went wrong, in words, and stands last; empty for nothing.
  [[nodiscard]] std::string text(std::chrono::nanoseconds took, std::string_view error = {}) const;
};
Line prepare(const facts::Login& login, const facts::Facts& facts, const facts::Verdict& verdict,
             Form form = Form::line);
/// As prepare(), for a login that differs from another one in user, session and master alone, and
/// of which the same is to be said. `line`: the other's.
Line prepare_again(const facts::Login& login, const Line& line);

/// "mail-audit: user=<alice>, service=imap, ip=..., ..., took=1.4ms", one line without its end. The
/// original's format up to the last `entity=`; new fields behind. Nothing in the arguments can
/// forge a field: inside <> the characters < > \, controls and bytes that are not UTF-8 are written
/// \xHH, elsewhere space, comma and = too.
///
/// As JSON: "mail-audit: {"user":"alice",...,"took":"1.4ms"}", the same fields in the same order.
/// None is null, True is true, the entities are a list under `entity`, which is empty where there
/// are none, latitude and longitude are numbers; all else are strings. In these, controls, bytes
/// that are not UTF-8 and the backslash are written \xHH, as in the line.
std::string line(const facts::Login& login, const facts::Facts& facts,
                 const facts::Verdict& verdict, std::chrono::nanoseconds took,
                 Form form = Form::line);

/// "mail-audit-maxmind: user=<...>, ...": the original's second line; nothing where no GeoIP
/// database knows the address.
std::optional<std::string> maxmind_line(const facts::Login& login, const facts::Facts& facts,
                                        Form form = Form::line);

}  // namespace badclients::audit
