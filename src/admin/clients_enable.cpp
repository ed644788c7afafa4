#include <fmt/format.h>

#include <ostream>

#include "admin/clients.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::clients_command {

namespace {

using Ids = std::vector<std::string>;

/// A mistyped ID changes nothing: all of the clients are enabled, or none.
bool all_known(const Ids& wanted, const Call& call, const Inventory& files) {
  bool good = true;
  for (const auto& id : wanted) good &= find(call, files, id) != nullptr;
  return good;
}

/// A command that changes list_path.
struct Change {
  ClientCall call;
  Ids ids;
};

/// Begins it as the owner of list_path, so that what that one puts in the place of a folder or file
/// leads root nowhere.
tl::expected<Change, int> begin_change(CommandLine line, const std::vector<std::string>& arguments,
                                       const Context& context) {
  line.rest = "id";
  auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return tl::unexpected(call.error());
  if (const auto done = become_owner_of(call->config.general.list_path); !done) {
    return tl::unexpected(call->cannot(done.error()));
  }
  auto ids = call->words("id");
  if (ids.empty()) {
    context.complain("clients: which? 'badclientsctl clients list' shows their IDs");
    return tl::unexpected(exit_usage);
  }
  return Change{std::move(*call), std::move(ids)};
}

/// What an enabled client does all the same.
void add_remarks(const ClientFile& file, bool monitor, const Call& call) {
  const auto& general = call.config.general;
  const auto remark = [&](std::string_view text) { call.context.out << "  " << text << '\n'; };
  if (general.mode == config::Mode::monitor) {
    remark("general/mode is monitor: nobody is refused, whatever the client's own mode.");
  } else if (!monitor && file.client.mode == lists::ClientMode::monitor) {
    remark("Its file says 'Mode: monitor', so it refuses nobody.");
  }
}

}  // namespace

int enable(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"enable ID... [OPTION]...",
                   "Refuses the logins of clients from the next login on: makes links to their\n"
                   "files of the catalogue in list_path/clients. Updates of the catalogue reach\n"
                   "them. 'badclientsctl clients disable ID...' undoes it."};
  line.flag("monitor", "refuse nobody yet, only log who would be");
  const auto change = begin_change(std::move(line), arguments, context);
  if (!change) return change.error();
  const auto& [call, wanted] = *change;
  if (!all_known(wanted, call, inventory(call))) return exit_bad;

  const bool monitor = call.has("monitor");
  int code = exit_good;
  for (const auto& id : wanted) {
    const auto done = admin::enable(call.folders, id, monitor);
    if (!done) {
      code = call.cannot(done.error());
      continue;
    }
    context.out << printable(fmt::format("{}: {}", id, *done)) << '\n';
    const auto files = take_inventory(call.folders);
    const auto* file = files.find(id);
    if (file == nullptr) continue;
    if (file->rules == 0) {
      const auto& why = file->client.no_rule;
      context.complain(
          fmt::format("{} has no rule, so it refuses nobody{}", id, why.empty() ? "" : ": " + why));
    } else {
      add_remarks(*file, monitor, call);
    }
  }
  return code;
}

int disable(const std::vector<std::string>& arguments, const Context& context) {
  const auto change =
      begin_change({"disable ID... [OPTION]...",
                    "Lets the logins of clients in again: takes their links out of\n"
                    "list_path/clients. A file of your own there stays.\n"
                    "'badclientsctl clients enable ID...' undoes it."},
                   arguments, context);
  if (!change) return change.error();
  const auto& [call, wanted] = *change;
  int code = exit_good;
  const auto files = inventory(call);
  for (const auto& id : wanted) {
    // What is a broken link is no client, but can be taken away.
    const auto done = admin::disable(call.folders, id);
    if (!done) {
      code = call.cannot(done.error());
    } else if (done->empty() && find(call, files, id) == nullptr) {
      code = exit_bad;
    } else {
      context.out << printable(fmt::format("{}: {}", id, done->empty() ? "not enabled" : *done))
                  << '\n';
    }
  }
  return code;
}

}  // namespace badclients::admin::clients_command
