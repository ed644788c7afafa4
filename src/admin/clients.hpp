#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "admin/client_files.hpp"
#include "admin/context.hpp"
#include "admin/options.hpp"

/// `badclientsctl clients`: what its subcommands share.
namespace badclients::admin::clients_command {

struct ClientCall : Call {
  ClientFolders folders;
};

/// Reads the command line, which may name a catalogue, and the configuration. Error: the exit code.
tl::expected<ClientCall, int> begin_clients(CommandLine line,
                                            const std::vector<std::string>& arguments,
                                            const Context& context);

/// Reads the client files, and says what is wrong with them.
Inventory inventory(const ClientCall& call);

/// The client of that ID. Error, after a complaint: the exit code, exit_bad where there is none,
/// exit_cannot_decide where the catalogue cannot be read, and so may have it.
tl::expected<const ClientFile*, int> find(const Call& call, const Inventory& inventory,
                                          const std::string& id);

/// "enabled", "monitor", "broken", or "-".
std::string state(const ClientFile& file);

/// What --json says of a client.
nlohmann::ordered_json as_json(const ClientFile& file);

int list(const std::vector<std::string>& arguments, const Context& context);
int show(const std::vector<std::string>& arguments, const Context& context);
int enable(const std::vector<std::string>& arguments, const Context& context);
int disable(const std::vector<std::string>& arguments, const Context& context);
int test(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::clients_command
