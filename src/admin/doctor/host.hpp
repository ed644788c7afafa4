#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/doctor/finding.hpp"
#include "admin/doveconf.hpp"
#include "admin/setup/dovecot.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

namespace badclients::admin::doctor {

/// What the checks look at: Dovecot's configuration, as `doveconf -n` prints it, and ours.
struct Host {
  std::string config_path;
  config::Config config;  ///< defaults where it cannot be read
  setup::Version version;
  setup::Dovecot dovecot;
  bool is_running = false;
  std::string user;  ///< as whom Dovecot runs badclients
  std::function<facts::Time()> now;

  /// By its path, as settings_by_path() has it; `otherwise`, where it has its default.
  [[nodiscard]] std::string setting(const std::string& path, std::string otherwise = "") const;
  [[nodiscard]] bool is_on(const std::string& path, bool otherwise) const;
  /// Whether it is Dovecot 2.4 or later, whose settings have other names.
  [[nodiscard]] bool is_new() const { return version >= setup::Version{2, 4, 0}; }

  /// The passdbs that users log in by, in their order: not those of master users.
  [[nodiscard]] std::vector<DovecotBlock> passdbs() const;
  /// Which of them is badclients; nothing: none.
  [[nodiscard]] std::optional<std::size_t> door_passdb() const;
  /// The service that runs badclients-policy; nothing: none.
  [[nodiscard]] std::optional<DovecotBlock> door_service() const;
};

/// One promise, and the function that finds out whether it is kept.
struct Check {
  std::string_view name;
  Outcome (*run)(const Host& host);
};

/// Of the host as a whole: which doors there are.
std::span<const Check> door_checks();
/// Of the passdb that runs badclients, where there is one.
std::span<const Check> checkpassword_checks();
/// Of the policy door, where there is one.
std::span<const Check> policy_checks();
/// What asks Dovecot as it runs.
std::span<const Check> live_checks();
/// What the user sees as whom Dovecot runs badclients: to be run as that user.
std::span<const Check> user_checks();
/// Those of them that are faults of owners and modes, to be run as that user, too: it may read
/// configuration, lists, client files and secret, run what Dovecot runs, and write to state_path.
std::span<const Check> rights_checks();
/// The kernel's denials.
std::span<const Check> journal_checks();

/// A line for each fault of each check, and one for what is good.
std::vector<Finding> run_checks(std::span<const Check> checks, const Host& host);

/// The driver of a passdb: 2.4 takes the name of the block for it, where it does not say.
std::string driver_of(const DovecotBlock& passdb);

/// A command that Dovecot runs.
struct Program {
  std::string path;
  std::string config;  ///< of --config; empty: the default
};
/// `words`: its path and arguments, with blanks between them.
Program read_program(std::string_view words);
/// That of the door's passdb, of the door's service behind "script -p": those there are.
std::vector<Program> programs(const Host& host);

/// Where the service of the policy door listens.
struct Listener {
  std::string addresses;  ///< empty: all
  std::string port;
};
std::vector<Listener> door_listeners(const Host& host);

/// "7s", "7 secs", "2 mins", "7000 msecs"; a bare number has `unit`. Nothing: it is none.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text,
                                                       std::chrono::milliseconds unit);

}  // namespace badclients::admin::doctor
