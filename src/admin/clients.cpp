#include "admin/clients.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "admin/terminal.hpp"
#include "config/nearest.hpp"

namespace badclients::admin::clients_command {

tl::expected<ClientCall, int> begin_clients(CommandLine line,
                                            const std::vector<std::string>& arguments,
                                            const Context& context) {
  line.usage = "clients " + line.usage;
  line.value("catalogue", "DIR", "the catalogue, instead of " BADCLIENTS_CATALOGUE);
  auto call = begin(line, arguments, context);
  if (!call) return tl::unexpected(call.error());
  const auto named = call->text("catalogue");
  const std::filesystem::path catalogue = named.empty() ? BADCLIENTS_CATALOGUE : named;
  auto absolute = std::filesystem::absolute(catalogue).lexically_normal().string();
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  ClientFolders folders{call->config.general.list_path, std::move(absolute)};
  return ClientCall{std::move(*call), std::move(folders)};
}

Inventory inventory(const ClientCall& call) {
  auto result = take_inventory(call.folders);
  for (const auto& fault : result.faults) call.context.complain(fault);
  if (!result.no_catalogue.empty()) call.context.complain(result.no_catalogue);
  return result;
}

tl::expected<const ClientFile*, int> find(const Call& call, const Inventory& inventory,
                                          const std::string& id) {
  const auto* file = inventory.find(id);
  if (file != nullptr && !file->client.name.empty()) return file;
  if (!inventory.no_catalogue.empty()) {
    return tl::unexpected(call.cannot(
        fmt::format("'{}' is no client in {}/clients, either", id, call.config.general.list_path)));
  }
  config::Nearest nearest{id};
  for (const auto& each : inventory.clients) nearest.offer(each.client.id);
  call.context.complain(fmt::format(
      "there is no client '{}'{}; 'badclientsctl clients list' shows all", id, nearest.hint()));
  return tl::unexpected(exit_bad);
}

std::string state(const ClientFile& file) {
  if (file.broken) return "broken";
  if (!file.enabled) return "-";
  return file.client.mode == lists::ClientMode::monitor ? "monitor" : "enabled";
}

nlohmann::ordered_json as_json(const ClientFile& file) {
  const auto& client = file.client;
  // The table has a dash for what is not enabled.
  const auto mode = state(file);
  return {{"id", client.id},
          {"name", client.name},
          {"vendor", client.vendor},
          {"confidence", or_null(client.confidence)},
          {"rules", file.rules},
          {"no_rule", or_null(client.no_rule)},
          {"state", mode == "-" ? "not_enabled" : mode},
          {"own", file.own},
          {"file", or_null(file.file)}};
}

}  // namespace badclients::admin::clients_command
