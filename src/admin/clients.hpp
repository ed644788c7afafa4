#pragma once

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
