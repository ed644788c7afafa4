#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/client_files.hpp"
#include "admin/client_hits.hpp"
#include "admin/context.hpp"
#include "admin/options.hpp"
#include "config/config.hpp"

/// `badclientsctl clients`: what its subcommands share.
namespace badclients::admin::clients_command {

/// A subcommand's command line, read, and what it works on.
struct Call {
  const Context& context;
  boost::program_options::variables_map values;
  config::Config config;
  ClientFolders folders;

  [[nodiscard]] std::optional<std::string> text(const char* option) const;
  /// Writes to context.err.
  void complain(const std::string& what) const;
};

/// Reads the command line and the configuration. Error: the exit code.
tl::expected<Call, int> begin(CommandLine line, const std::vector<std::string>& arguments,
                              const Context& context);

/// Reads the client files, and says what is wrong with them.
Inventory inventory(const Call& call);

/// The client of that ID; null, with a complaint, where there is none.
const ClientFile* find(const Call& call, const Inventory& inventory, const std::string& id);

/// "enabled", "monitor", "broken", or "-".
std::string state(const ClientFile& file);

int list(const std::vector<std::string>& arguments, const Context& context);
int show(const std::vector<std::string>& arguments, const Context& context);
int enable(const std::vector<std::string>& arguments, const Context& context);
int disable(const std::vector<std::string>& arguments, const Context& context);
int test(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::clients_command
