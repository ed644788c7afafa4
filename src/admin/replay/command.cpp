#include "admin/replay/command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/client_files.hpp"
#include "admin/log_options.hpp"
#include "admin/replay/replay.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::replay {

namespace {

CommandLine command_line() {
  CommandLine line{
      "replay [OPTION]...",
      "Shows which logins of the log today's rules would refuse, or those of a client\n"
      "or a file that is not enabled yet, as far as the log tells."};
  add_log(line);
  add_range(line);
  line.value("client", "ID", "the rules of this client alone, beside today's allow lists")
      .value("file", "FILE",
             "the rules of this list or client file alone, beside today's allow lists;\n"
             "it is named as in list_path: ip_net.deny.lst, x.client")
      .value("catalogue", "DIR", "where --client is looked for, instead of " BADCLIENTS_CATALOGUE)
      .value("top", "NUMBER", "users that are shown (20); 0 for all")
      .flag("json", "print one JSON object");
  return line;
}

/// The file that holds the client's rules. Error: there is none.
tl::expected<std::string, std::string> client_file(const Call& call, const std::string& id) {
  const auto catalogue = call.has("catalogue") ? call.text("catalogue") : BADCLIENTS_CATALOGUE;
  const ClientFolders folders{call.config.general.list_path, catalogue};
  const auto inventory = take_inventory(folders);
  const auto* client = inventory.find(id);
  if (client != nullptr && !client->file.empty()) return client->file;
  if (!inventory.no_catalogue.empty()) return tl::unexpected(inventory.no_catalogue);
  return tl::unexpected(
      fmt::format("there is no client '{}'; 'badclientsctl clients list' shows all", id));
}

/// The file whose rules alone count, beside today's allow lists; empty: all of today's.
tl::expected<std::string, std::string> chosen_file(const Call& call) {
  if (!call.has("client")) return call.text("file");
  if (call.has("file")) {
    return tl::unexpected(std::string("--client and --file exclude each other"));
  }
  return client_file(call, call.text("client"));
}

/// Error: why it cannot be told.
tl::expected<Result, std::string> go_through_log(const Call& call, const logs::Range& range) {
  const auto file = chosen_file(call);
  if (!file) return tl::unexpected(file.error());
  const auto rules = Rules::read(call.config.general.list_path, *file);
  if (!rules) return tl::unexpected(rules.error());
  for (const auto& fault : rules->faults()) call.context.complain("warning: " + fault);
  Replay replay{*rules, call.config};
  const auto tally = read_log(
      call, range, [&](const logs::Login& login) { replay.add(login); },
      [&](const logs::Geo& geo) { replay.add(geo); });
  if (!tally) return tl::unexpected(tally.error());
  auto result = replay.finish();
  result.rules = file->empty() ? "today's rules" : *file;
  result.sources = tally->sources;
  return result;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto wrong = [&](const std::string& what) {
    context.complain("replay: " + what);
    return exit_usage;
  };
  const auto range = read_range(*call);
  if (!range) return wrong(range.error());
  constexpr std::size_t usual_users = 20;
  const auto top = read_count(*call, "top", usual_users);
  if (!top) return wrong(top.error());
  const auto result = go_through_log(*call, *range);
  if (!result) return wrong(result.error());
  context.out << (call->has("json") ? json_text(as_json(*result)) : as_text(*result, *top));
  return result->hit == 0 ? exit_good : exit_bad;
}

}  // namespace badclients::admin::replay
