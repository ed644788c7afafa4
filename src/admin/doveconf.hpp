#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/deadline.hpp"

/// Asking Dovecot's own programs, and reading what they say about its configuration.
namespace badclients::admin {

/// A block of Dovecot's configuration, as its files have it and as doveconf(1) prints it.
struct DovecotBlock {
  std::string name;  ///< "service auth"; empty: the whole
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<DovecotBlock> blocks;

  /// The value that stands last; empty where there is none.
  [[nodiscard]] std::string text(std::string_view setting) const;
};

/// Comments and lines that begin with `!` are passed over: nothing is included.
DovecotBlock read_dovecot_block(std::string_view text);

/// Each setting by its path: "service/auth/user". Blocks of one path are one. What 2.4 prints in
/// the block auth_policy has the name that it has in the files: auth_policy_server_url.
std::map<std::string, std::string> settings_by_path(const DovecotBlock& block);

/// "256 M", "1G", "18446744073709551615 B", in bytes. Nothing: it is none.
std::optional<std::uint64_t> read_size(std::string_view text);

/// Whether that passdb is badclients' checkpassword door.
bool is_badclients(const DovecotBlock& passdb);

/// A service of Dovecot's whose processes run badclients.
struct DoorService {
  std::string name;  ///< "auth", for checkpassword; that of the policy door
  std::optional<std::uint64_t> address_space;  ///< of a process, in bytes; nothing: no limit
};
/// `configuration`: as doveconf(1) prints it, with the defaults or without.
std::vector<DoorService> door_services(const DovecotBlock& configuration);

/// Where the program is: in a folder of PATH, or where administrators' programs are. Empty:
/// nowhere.
std::string find_program(const std::string& name);

/// What a program said, and its exit code.
struct Said {
  int code = 0;
  std::string output, errors;
};

/// Longer than any of Dovecot's programs takes.
base::Deadline in_a_minute();

/// Runs one of Dovecot's programs. Error: it could not be run, or did not end until the deadline.
tl::expected<Said, std::string> ask_program(const std::string& name,
                                            std::vector<std::string> arguments,
                                            base::Deadline deadline = in_a_minute());

/// One setting of Dovecot's, "service/auth/user"; empty where there is no Dovecot, or it has none.
std::string dovecot_setting(const std::string& path);

}  // namespace badclients::admin
