#include "admin/clients.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <ostream>

#include "admin/command.hpp"
#include "admin/command_group.hpp"
#include "admin/terminal.hpp"
#include "config/nearest.hpp"

namespace badclients::admin {

namespace clients_command {

namespace {

constexpr std::array<Subcommand, 5> subcommands{{
    {"list", "every client: whether it is enabled, and how many logins it hit", list},
    {"show", "what is known about a client, and its rules", show},
    {"enable", "refuse the logins of clients, or watch them with --monitor", enable},
    {"disable", "undo that", disable},
    {"test", "which clients a login from an address would be taken for", test},
}};

}  // namespace

std::optional<std::string> Call::text(const char* option) const {
  if (values.count(option) == 0) return std::nullopt;
  return values[option].as<std::string>();
}

void Call::complain(const std::string& what) const {
  context.err << fmt::format("badclientsctl: {}\n", printable(what));
}

tl::expected<Call, int> begin(CommandLine line, const std::vector<std::string>& arguments,
                              const Context& context) {
  namespace po = boost::program_options;
  line.usage = "clients " + line.usage;
  line.options.add_options()("catalogue", po::value<std::string>()->value_name("DIR"),
                             "the catalogue, instead of " BADCLIENTS_CATALOGUE);
  auto values = read(line, arguments, context);
  if (!values) return tl::unexpected(values.error());
  auto loaded = config::load(context.config_path);
  if (!loaded) {
    context.err << fmt::format("badclientsctl: {}\n", printable(loaded.error()));
    return tl::unexpected(exit_cannot_decide);
  }
  Call call{context, std::move(*values), std::move(loaded->config), {}};
  const std::filesystem::path catalogue = call.text("catalogue").value_or(BADCLIENTS_CATALOGUE);
  auto absolute = std::filesystem::absolute(catalogue).lexically_normal().string();
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  call.folders = {call.config.general.list_path, absolute};
  return call;
}

Inventory inventory(const Call& call) {
  auto result = take_inventory(call.folders);
  for (const auto& fault : result.faults) call.complain(fault);
  return result;
}

const ClientFile* find(const Call& call, const Inventory& inventory, const std::string& id) {
  const auto* file = inventory.find(id);
  if (file != nullptr && !file->client.name.empty()) return file;
  config::Nearest nearest{id};
  for (const auto& each : inventory.clients) nearest.offer(each.client.id);
  call.complain(fmt::format("there is no client '{}'{}; 'badclientsctl clients list' shows all", id,
                            nearest.hint()));
  return nullptr;
}

std::string state(const ClientFile& file) {
  if (file.broken) return "broken";
  if (!file.enabled) return "-";
  return file.client.mode == lists::ClientMode::monitor ? "monitor" : "enabled";
}

}  // namespace clients_command

int clients(const std::vector<std::string>& arguments, const Context& context) {
  return run({"clients", "Blocks mail apps and services that log in from their vendor's servers.",
              clients_command::subcommands},
             arguments, context);
}

}  // namespace badclients::admin
