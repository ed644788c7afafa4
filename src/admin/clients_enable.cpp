#include <fmt/format.h>

#include <ostream>

#include "admin/clients.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::clients_command {

namespace po = boost::program_options;

namespace {

using Ids = std::vector<std::string>;

/// Empty, with a complaint, where none is given.
Ids ids(const Call& call) {
  if (call.values.count("id") != 0) return call.values["id"].as<Ids>();
  call.complain("clients: which? 'badclientsctl clients list' shows their IDs");
  return {};
}

/// All or nothing: who mistypes one ID has changed nothing.
bool all_known(const Ids& wanted, const Call& call, const Inventory& files) {
  bool good = true;
  for (const auto& id : wanted) good &= find(call, files, id) != nullptr;
  return good;
}

/// Begins a command that changes list_path: as its owner, so that what that one puts in the place
/// of a folder or file leads root nowhere.
tl::expected<Call, int> begin_change(CommandLine line, const std::vector<std::string>& arguments,
                                     const Context& context) {
  auto call = begin(std::move(line), arguments, context);
  if (!call) return call;
  if (const auto done = become_owner_of(call->config.general.list_path); !done) {
    call->complain(done.error());
    return tl::unexpected(exit_cannot_decide);
  }
  return call;
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
                   "them. 'badclientsctl clients disable ID...' undoes it.",
                   po::options_description(),
                   {},
                   "id"};
  line.options.add_options()("monitor", "refuse nobody yet, only log who would be");
  const auto call = begin_change(std::move(line), arguments, context);
  if (!call) return call.error();
  const auto wanted = ids(*call);
  if (wanted.empty()) return exit_usage;
  if (!all_known(wanted, *call, inventory(*call))) return exit_bad;

  const bool monitor = call->values.count("monitor") != 0;
  int code = exit_good;
  for (const auto& id : wanted) {
    const auto done = admin::enable(call->folders, id, monitor);
    if (!done) {
      call->complain(done.error());
      code = exit_cannot_decide;
      continue;
    }
    context.out << printable(fmt::format("{}: {}", id, *done)) << '\n';
    const auto files = take_inventory(call->folders);
    const auto* file = files.find(id);
    if (file == nullptr) continue;
    if (file->rules == 0) {
      call->complain(fmt::format(
          "{} has no rules, so it refuses nobody ('badclientsctl clients show {}' says why)", id,
          id));
    } else {
      add_remarks(*file, monitor, *call);
    }
  }
  return code;
}

int disable(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin_change({"disable ID... [OPTION]...",
                                  "Lets the logins of clients in again: takes their links out of\n"
                                  "list_path/clients. A file of your own there stays.\n"
                                  "'badclientsctl clients enable ID...' undoes it.",
                                  po::options_description(),
                                  {},
                                  "id"},
                                 arguments, context);
  if (!call) return call.error();
  const auto wanted = ids(*call);
  if (wanted.empty()) return exit_usage;

  int code = exit_good;
  const auto files = inventory(*call);
  for (const auto& id : wanted) {
    // What is a broken link is no client, but can be taken away.
    const auto done = admin::disable(call->folders, id);
    if (!done) {
      call->complain(done.error());
      code = exit_cannot_decide;
    } else if (*done == not_enabled && find(*call, files, id) == nullptr) {
      code = exit_bad;
    } else {
      context.out << printable(fmt::format("{}: {}", id, *done)) << '\n';
    }
  }
  return code;
}

}  // namespace badclients::admin::clients_command
