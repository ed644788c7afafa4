#pragma once

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
  std::string user;            ///< as whom its unprivileged processes run
  std::string base_dir;        ///< where master.pid is

  [[nodiscard]] std::string folder() const;
  /// By its path, as settings_by_path() has it; empty where it has its default.
  [[nodiscard]] std::string setting(const std::string& path) const;
  /// Whether dovecot.conf includes `path`, or would if it were there.
  [[nodiscard]] bool includes(const std::string& path) const;
  [[nodiscard]] bool is_running() const;
};

/// Error: doveconf's complaint.
tl::expected<Dovecot, std::string> read_dovecot();

/// The settings of `text` that do not have that value in `dovecot`.
std::string overruled(std::string_view text, const Dovecot& dovecot);

/// Error: doveadm's complaint.
tl::expected<void, std::string> reload();

/// What `doveadm auth test` says of a user whom nobody knows. While it fails it is asked again, for
/// ten seconds: an auth process that a reload ends takes the question with it.
enum class Login { refused, accepted, failed };
Login try_unknown_user();

/// Whether a TCP server on 127.0.0.1 can be bound to the port.
bool is_free(unsigned port);

/// Asks the policy door for a login from this host, until it answers, for ten seconds at most.
/// Error: what it answered in place of "allowed".
tl::expected<void, std::string> try_policy_door(unsigned port, const std::string& secret);

}  // namespace badclients::admin::setup
