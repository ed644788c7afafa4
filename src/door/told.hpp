#pragma once

#include <cstddef>
#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/login.hpp"

namespace badclients::door {

/// Far more than anybody says, in bytes, and little enough to try every pattern on.
inline constexpr std::size_t most_told = 4096;

/// What Dovecot tells about a login, as text. Empty: nothing.
struct Told {
  std::string user, address, service, client_id, session, master;
};

/// Error: the address is none; what it is is quoted.
tl::expected<facts::Login, std::string> make_login(Told told, const config::Config& config);

/// The same for the log alone, where a bad address is none, and no configuration is known.
facts::Login login_for_log(Told told);

}  // namespace badclients::door
