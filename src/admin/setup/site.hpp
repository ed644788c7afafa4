#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "admin/context.hpp"
#include "admin/setup/dovecot.hpp"
#include "admin/setup/record.hpp"
#include "config/config.hpp"

namespace badclients::admin::setup {

enum class Door { policy, checkpassword };

/// What became of a file or folder, or would.
struct Step {
  std::string verb;  ///< "made", "would make"
  std::string path;  ///< empty: it is about none
  std::string why;   ///< empty: nothing to say
};

/// All that setup decides by: what was asked for, and what it found.
struct Site {
  const Context& context;
  Door door = Door::policy;
  bool pretend = false;  ///< --dry-run
  bool json = false;     ///< prints nothing: `steps` and what follows them are printed at the end
  unsigned port = 4001;
  std::string config_path{};  ///< absolute
  config::Config config{};
  Record record{};
  Version version{};
  Dovecot dovecot{};
  std::vector<Step> steps{};  ///< so far
  std::string left_to_do{};   ///< for the administrator
  std::string error{};        ///< why it did not go on

  /// Where setup keeps its record and its secret.
  [[nodiscard]] std::string own_folder() const;
  /// The file that Dovecot reads.
  [[nodiscard]] std::string dovecot_file() const;
  /// The file with the secret header, which Dovecot's file includes.
  [[nodiscard]] std::string header_file() const { return own_folder() + "/secret.conf"; }
  /// The file with the secret, for badclients-policy.
  [[nodiscard]] std::string secret_file() const;
  /// The program that Dovecot will start.
  [[nodiscard]] std::string program() const;
  /// It, and its arguments.
  [[nodiscard]] std::string command() const;

  /// "  made       /etc/dovecot/lists", "  stays      PATH: WHY", "  good       WHY"
  void say(std::string verb, std::string path, std::string why = {});
  /// Text for people.
  void print(std::string_view text) const;
  /// Says why it does not go on.
  void complain(std::string why);
};

/// The name of Dovecot's file in conf.d.
inline constexpr std::string_view dovecot_file_name = "95-badclients.conf";

/// Why that door cannot be set up here; nothing where it can.
std::optional<std::string> refusal(const Site& site);
/// The same, by the version alone.
std::optional<std::string> refusal(Door door, const Version& version);

/// What the administrator has to change in the passdbs before badclients is asked (checkpassword);
/// empty where nothing.
std::string lines_to_change(const Dovecot& dovecot);
/// Whether Dovecot has a passdb that runs badclients, and setup has not made it.
bool has_another_door(const Site& site);

/// The text of Dovecot's file. Error: a template is missing or damaged.
tl::expected<std::string, std::string> dovecot_text(const Site& site, const std::string& nonce);
/// The lines in which Dovecot's file says how long Dovecot waits for an answer.
std::string timeout_lines(const Site& site, std::string_view indent);
/// The text of a new bad_clients.conf.ext. The same error.
tl::expected<std::string, std::string> config_text(const Site& site);

/// Where the templates of lists are installed.
std::string list_templates();

/// Says what is in force, what there is to do, and what next. `changed`: something was made.
void tell_what_next(Site& site, bool changed);

/// Makes what is missing, and has Dovecot use it. Returns the exit code.
int set_up(Site& site);
/// Removes what set_up() has made. Returns the exit code.
int undo(Site& site);

}  // namespace badclients::admin::setup
