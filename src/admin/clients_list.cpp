#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/clients.hpp"
#include "admin/log_options.hpp"
#include "admin/terminal.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"

namespace badclients::admin::clients_command {

namespace {

/// How many logins the rules of each client refused, or would have: by the name in `client=<>`.
using Hits = std::map<std::string, std::uint64_t, std::less<>>;

/// Of the last 30 days; logins without a time count, too. Nothing where there is no log to be read.
std::optional<Hits> hits(const Call& call) {
  using namespace std::chrono_literals;
  Hits counts;
  const auto read =
      read_log(call, {call.context.now() - 30 * 24h, {}}, [&](const logs::Login& login) {
        if (!login.client.empty()) ++counts[login.client];
      });
  if (read) return counts;
  if (call.has("log")) call.context.complain(read.error());
  return std::nullopt;
}

std::string count_of(const std::optional<Hits>& hits, const std::string& name) {
  if (!hits) return "-";
  const auto found = hits->find(name);
  return found == hits->end() ? "0" : fmt::format("{}", found->second);
}

nlohmann::ordered_json as_json(const Inventory& files, const std::optional<Hits>& counts) {
  auto clients = nlohmann::ordered_json::array();
  for (const auto& file : files.clients) {
    auto client = clients_command::as_json(file);
    client["hits"] = nullptr;
    if (counts) {
      const auto found = counts->find(file.client.name);
      client["hits"] = found == counts->end() ? 0 : found->second;
    }
    clients.push_back(std::move(client));
  }
  return {{"clients", std::move(clients)}};
}

/// "no rule", and why.
std::string no_rule(const ClientFile& file) {
  const auto& why = file.client.no_rule;
  return why.empty() ? "no rule" : "no rule: " + why;
}

std::string in_words(const ClientFile& file) {
  const auto mode = state(file);
  if (file.broken) return "not enabled: what is in list_path/clients for it cannot be used";
  const std::string words = mode == "-" ? "not enabled" : mode;
  if (file.rules == 0) return fmt::format("{} ({})", words, no_rule(file));
  return mode == "monitor" ? "enabled in monitor mode: it refuses nobody" : words;
}

/// The last column: it may be as long as it likes.
std::string state_in_table(const ClientFile& file) {
  if (file.broken) return state(file);
  if (file.rules == 0) {
    return file.enabled ? fmt::format("{} ({})", state(file), no_rule(file)) : no_rule(file);
  }
  return state(file) + (file.own ? " (own file)" : "");
}

}  // namespace

int list(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{
      "list [OPTION]...",
      "Shows every client of the catalogue and of your own: how it is known, how many\n"
      "rules it has, how many logins of the last 30 days they refused, or would have\n"
      "in monitor mode ('-' where no log can be read), and whether it is enabled, or\n"
      "why it has no rule."};
  add_log(line);
  line.flag("json", "print one JSON object");
  const auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return call.error();

  const auto files = inventory(*call);
  const auto counts = hits(*call);
  // What is enabled is shown all the same.
  const bool complete = files.no_catalogue.empty() && (counts || !call->has("log"));
  const int code = complete ? exit_good : exit_cannot_decide;
  if (call->has("json")) {
    context.out << json_text(as_json(files, counts));
    return code;
  }
  std::vector<std::vector<std::string>> rows{
      {"ID", "NAME", "VENDOR", "CONFIDENCE", "RULES", "HITS", "STATE"}};
  for (const auto& file : files.clients) {
    const auto& client = file.client;
    rows.push_back({printable(client.id), printable(client.name), printable(client.vendor),
                    client.confidence.empty() ? "-" : client.confidence,
                    fmt::format("{}", file.rules), count_of(counts, client.name),
                    printable(state_in_table(file))});
  }
  context.out << table(rows);
  return code;
}

int show(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"show ID [OPTION]...",
                   "Shows a client's file: who, what it does with the password, how that\n"
                   "is known, and the rules, with what else they would hit.",
                   {"id"}};
  line.flag("json", "print one JSON object");
  const auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return call.error();
  const auto files = inventory(*call);
  const auto found = find(*call, files, call->text("id"));
  if (!found) return found.error();
  const auto* file = *found;
  const auto text = lists::read_file(file->file);
  if (!text) return call->cannot(fmt::format("{}: {}", file->file, text.error().reason));
  if (call->has("json")) {
    auto json = clients_command::as_json(*file);
    json["text"] = *text;
    context.out << json_text(json);
    return exit_good;
  }
  context.out << printable(fmt::format("{}: {}", file->file, in_words(*file))) << "\n\n";
  lists::LineReader lines{std::string_view(*text)};
  while (const auto next = lines.next()) context.out << printable(next->text) << '\n';
  return exit_good;
}

}  // namespace badclients::admin::clients_command
