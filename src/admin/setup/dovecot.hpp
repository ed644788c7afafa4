#pragma once

#include <sys/types.h>

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "admin/doveconf.hpp"

/// The Dovecot of this host: what is installed, how it is configured, whether it runs.
namespace badclients::admin::setup {

struct Version {
  unsigned major = 0, minor = 0, patch = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
  [[nodiscard]] std::string str() const;
};

/// "2.3.19.1 (9b53102964)", "2.4.1-4 (7d8c0e5759)". Nothing where it is no version.
std::optional<Version> read_version(std::string_view text);

/// Error: there is no Dovecot, or its version cannot be read.
tl::expected<Version, std::string> installed_version();

struct Dovecot {
  std::string file;            ///< dovecot.conf
  DovecotBlock configuration;  ///< what differs from the defaults
  std::string user;            ///< as whom it runs badclients, or would
  std::string base_dir;        ///< where master.pid is

  [[nodiscard]] std::string folder() const;
  /// By its path, as settings_by_path() has it; empty where it has its default.
  [[nodiscard]] std::string setting(const std::string& path) const;
  /// Whether dovecot.conf includes `path`, or would if it were there.
  [[nodiscard]] bool includes(const std::string& path) const;
  [[nodiscard]] bool is_running() const;
  /// Its first process; 0 where it does not run.
  [[nodiscard]] pid_t master() const;
  /// Whether it has, as it runs now, a listener on that port itself.
  [[nodiscard]] bool listens_on(unsigned port) const;
  /// Whether it asks badclients, by whatever door and file.
  [[nodiscard]] bool asks_badclients() const;
};

/// The service of Dovecot's, other than that of the policy door, that is configured to listen on
/// that port; empty where none is.
std::string service_on(unsigned port);

/// Error: doveconf's complaint.
tl::expected<Dovecot, std::string> read_dovecot();

/// The settings of `text` that do not have that value in `dovecot`.
std::string overruled(std::string_view text, const Dovecot& dovecot);

/// Error: doveadm's complaint.
tl::expected<void, std::string> reload();

/// What `doveadm auth test` says of a user whom nobody knows. While it fails it is asked again, for
/// ten seconds in all: an auth process that a reload ends takes the question with it.
enum class Login { refused, accepted, failed };
Login try_unknown_user();

/// Whether a TCP server on 127.0.0.1 can be bound to the port.
bool is_free(unsigned port);

/// Whose login setup and doctor try the policy door with: no user of this host's.
inline constexpr std::string_view own_user = "badclients-setup";

/// Asks the policy door for a login from this host, until it answers as it has to, for ten seconds
/// at most: with the secret it lets the login pass; with `wrong`, where it is not empty, it answers
/// 401. Error: what it answered instead.
tl::expected<void, std::string> try_policy_door(unsigned port, const std::string& secret,
                                                const std::string& wrong);

}  // namespace badclients::admin::setup
