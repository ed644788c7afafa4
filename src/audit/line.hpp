#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "facts/verdict.hpp"

/// The audit line, its sinks, and reading it back.
namespace badclients::audit {

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
