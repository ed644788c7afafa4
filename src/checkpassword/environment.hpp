#pragma once

#include <string>

#include <tl/expected.hpp>

#include "config/config.hpp"
#include "facts/login.hpp"

namespace badclients::checkpassword {

/// What Dovecot says in the environment. Nothing else of it is read: options never come from there.
struct Environment {
  std::string address;              ///< TCPREMOTEIP, else REMOTE_IP; empty: Dovecot knows none
  std::string service;              ///< SERVICE; empty where Dovecot names none
  std::string client_id;            ///< AUTH_CLIENT_ID, its first 4096 bytes
  std::string session;              ///< AUTH_SESSION, its first 4096 bytes
  std::string master;               ///< MASTER_USER, its first 4096 bytes
  bool credentials_lookup = false;  ///< AUTHORIZED=1
  /// A credentials lookup that belongs to no login: CREDENTIALS_LOOKUP=1, and AUTH_MECH is absent
  /// or empty (userdb static, LMTP, doveadm). Dovecot sets it in every login, and a client cannot.
  bool no_login = false;
  bool proxied = false;      ///< PROXY or PROXY_MAYBE is there, even if it is empty
  bool log_service = false;  ///< LOG_SERVICE=1: standard error is Dovecot's log pipe
};

/// `variables`: texts NAME=VALUE, ended by a null pointer, as environ is. If a name is there twice,
/// the first counts, as for getenv(3). An empty value is as good as none, except for `proxied`.
Environment read_environment(const char* const* variables);

/// Error: `environment.address` is no address; the error quotes it.
tl::expected<facts::Login, std::string> make_login(std::string user, const Environment& environment,
                                                   const config::Config& config);

/// The same for the log alone, without a configuration. A bad address counts as not told.
facts::Login login_for_log(std::string user, const Environment& environment);

}  // namespace badclients::checkpassword
