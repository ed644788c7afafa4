#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "config/config.hpp"

/// The forms that values take. Every function reads text that an administrator wrote; an error is
/// what stands behind "section/key: " in a problem, quotes the text and says what was expected.
namespace badclients::config {

template <class T>
using Read = tl::expected<T, std::string>;

/// `redis://USER:***@HOST` of `redis://USER:PASSWORD@HOST`, any other text as it is: people show
/// others what is printed.
std::string without_password(std::string text);

/// `whole` in single quotes, without what may be a password, cut where it is long, control
/// characters as `?`. Not named `quoted`: a call with a std::string would find std::quoted, too.
std::string quote(std::string_view whole);

/// What to write for a name of a service (lower case) that Dovecot never says, as it gives `imap`
/// for logins with TLS, too: "write imap". Empty where it may say it.
std::string service_meant(std::string_view name);

/// yes no true false on off 1 0, in any case.
Read<bool> read_boolean(std::string_view text);

/// `500ms 5s 10m 24h 7d`, and within the bounds.
Read<std::chrono::milliseconds> read_duration(std::string_view text,
                                              std::chrono::milliseconds least,
                                              std::chrono::milliseconds most);

/// As it would be written in the file, in the largest unit that divides it: 24h, not 86400s.
std::string duration_text(std::chrono::milliseconds value);

/// A decimal number within the bounds.
Read<std::uint64_t> read_number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// `HOST`, `HOST:PORT`, `[v6]`, `[v6]:PORT` or a bare IPv6 address; `port` where it names none.
Read<Config::Endpoint> read_endpoint(std::string_view text, std::uint16_t port);

/// An absolute path.
Read<std::string> read_path(std::string_view text);

/// A domain name (RFC 1035 section 2.3.1, underscores allowed), without its trailing dot, short
/// enough to have an IPv6 address in nibbles before it.
Read<std::string> read_zone(std::string_view text);

/// `https://HOST[:PORT][/PATH]` or the same with http, no query; a `/` is put at the end where it
/// lacks one.
Read<std::string> read_base_url(std::string_view text);

/// What read_shared_place takes, as it is; `none` and nothing are empty.
Read<std::string> read_shared_cache(std::string_view text);

}  // namespace badclients::config
