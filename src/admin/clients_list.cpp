#include <fmt/format.h>

#include <ostream>

#include "admin/client_hits.hpp"
#include "admin/clients.hpp"
#include "admin/terminal.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"

namespace badclients::admin::clients_command {

namespace {

/// Nothing where there is no log to be read.
std::optional<ClientHits> hits(const Call& call) {
  using namespace std::chrono_literals;
  const auto source = log_source(call.text("log"), call.config.general.log);
  if (!source) return std::nullopt;
  const auto now = call.context.now();
  const auto counted = count_hits(*source, now - 30 * 24h, now);
  if (counted) return *counted;
  if (source->asked_for) call.context.complain(counted.error());
  return std::nullopt;
}

std::string count_of(const std::optional<ClientHits>& hits, const std::string& name) {
  if (!hits) return "-";
  const auto found = hits->find(name);
  return found == hits->end() ? "0" : fmt::format("{}", found->second);
}

std::string in_words(const ClientFile& file) {
  const auto mode = state(file);
  if (file.broken) return "not enabled: what is in list_path/clients for it cannot be used";
  if (mode == "-") return "not enabled";
  return mode == "monitor" ? "enabled in monitor mode: it refuses nobody" : mode;
}

std::string remark(const ClientFile& file) {
  if (file.enabled && file.rules == 0) return " (no rules)";
  return file.own ? " (own file)" : "";
}

}  // namespace

int list(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"list [OPTION]...",
                   "Shows every client of the catalogue and of your own: how many rules it has,\n"
                   "whether it is enabled, and how many logins of the last 30 days its rules\n"
                   "refused, or would have in monitor mode; '-' where no log can be read."};
  line.value("log", "FILE", "where the audit lines are, instead of general/log or the journal");
  const auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return call.error();

  const auto files = inventory(*call);
  const auto counts = hits(*call);
  std::vector<std::vector<std::string>> rows{{"ID", "NAME", "VENDOR", "RULES", "STATE", "HITS"}};
  for (const auto& file : files.clients) {
    const auto& client = file.client;
    rows.push_back({printable(client.id), printable(client.name), printable(client.vendor),
                    fmt::format("{}", file.rules), state(file) + remark(file),
                    count_of(counts, client.name)});
  }
  context.out << table(rows);
  return exit_good;
}

int show(const std::vector<std::string>& arguments, const Context& context) {
  const auto call =
      begin_clients({"show ID [OPTION]...",
                     "Shows a client's file: who, what it does with the password, how that\n"
                     "is known, and the rules, with what else they would hit.",
                     {"id"}},
                    arguments, context);
  if (!call) return call.error();
  const auto files = inventory(*call);
  const auto* file = find(*call, files, call->text("id"));
  if (file == nullptr) return exit_bad;
  const auto text = lists::read_file(file->file);
  if (!text) return call->cannot(fmt::format("{}: {}", file->file, text.error().reason));
  context.out << printable(fmt::format("{}: {}", file->file, in_words(*file))) << "\n\n";
  lists::LineReader lines{std::string_view(*text)};
  while (const auto next = lines.next()) context.out << printable(next->text) << '\n';
  return exit_good;
}

}  // namespace badclients::admin::clients_command
