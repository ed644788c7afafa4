#pragma once

#include <cstddef>
#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/login.hpp"

namespace badclients::door {

/// How many bytes of a name, a client ID, a session or a master count: more than any client sends,
/// and few enough to try every pattern on.
inline constexpr std::size_t most_told = 4096;

/// What Dovecot tells about a login, as text. Empty: not told.
struct Told {
  std::string user, address, service, client_id, session, master;
};

/// Error: `told.address` is no address; the error quotes it.
tl::expected<facts::Login, std::string> make_login(Told told, const config::Config& config);

/// The same for the log alone, without a configuration. A bad address counts as not told.
facts::Login login_for_log(Told told);

}  // namespace badclients::door
