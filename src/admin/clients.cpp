#include "admin/clients.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

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
  return result;
}

const ClientFile* find(const Call& call, const Inventory& inventory, const std::string& id) {
  const auto* file = inventory.find(id);
  if (file != nullptr && !file->client.name.empty()) return file;
  config::Nearest nearest{id};
  for (const auto& each : inventory.clients) nearest.offer(each.client.id);
  call.context.complain(fmt::format(
      "there is no client '{}'{}; 'badclientsctl clients list' shows all", id, nearest.hint()));
  return nullptr;
}

std::string state(const ClientFile& file) {
  if (file.broken) return "broken";
  if (!file.enabled) return "-";
  return file.client.mode == lists::ClientMode::monitor ? "monitor" : "enabled";
}

}  // namespace badclients::admin::clients_command
