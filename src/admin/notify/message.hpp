#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

namespace badclients::admin::notify {

/// `text` as it may stand in a header: as it is where it is plain ASCII, else in encoded words of
/// at most 75 characters (RFC 2047), a line each.
std::string header_text(std::string_view text);

/// "Post Office <post@example.org>", "post@example.org": an address as it may stand in a header,
/// with its name in encoded words where it has to be. Error: it is none that we take.
tl::expected<std::string, std::string> mailbox(std::string_view text);

/// Quoted-printable (RFC 2045): lines of at most 76 characters, none of which is a single dot or
/// begins with "From ".
std::string quoted_printable(std::string_view text);

/// A message as a file or a mail server's sendmail takes it (RFC 5322), line ends are LF. From and
/// Reply-To among `headers` are as mailbox() makes them. `id`: what stands before the @ of
/// Message-ID.
std::string message(const std::vector<std::pair<std::string, std::string>>& headers,
                    const std::string& to, std::string_view text, const std::string& id,
                    facts::Time now);

}  // namespace badclients::admin::notify
