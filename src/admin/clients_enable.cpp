#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/clients.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::clients_command {

namespace {

using Ids = std::vector<std::string>;

/// A mistyped ID changes nothing: all of the clients are enabled, or none. The exit code.
int all_known(const Ids& wanted, const Call& call, const Inventory& files) {
  int code = exit_good;
  for (const auto& id : wanted) {
    if (const auto found = find(call, files, id); !found) code = std::max(code, found.error());
  }
  return code;
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
  line.needs_rest = true;
  line.flag("json", "print one JSON object");
  auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return tl::unexpected(call.error());
  if (const auto done = become_owner_of(call->config.general.list_path); !done) {
    return tl::unexpected(call->cannot(done.error()));
  }
  auto ids = call->words("id");
  return Change{std::move(*call), std::move(ids)};
}

/// Tells what was done to each client, as text at once or as JSON at the end.
class Story {
 public:
  explicit Story(const ClientCall& call) : call_(call), json_(call.has("json")) {}

  /// `file`: the client as it is now.
  void tell(const std::string& id, const LinkChange& done, const ClientFile& file) {
    if (!json_) {
      const auto& text = done.text.empty() ? "not enabled" : done.text;
      call_.context.out << printable(fmt::format("{}: {}", id, text)) << '\n';
      return;
    }
    auto client = as_json(file);
    client["made"] = done.made;
    client["removed"] = done.removed;
    client["target"] = or_null(done.target);
    clients_.push_back(std::move(client));
  }

  /// What the client does all the same.
  void remark(const std::string& text) const {
    if (json_) return call_.context.complain(text);
    call_.context.out << "  " << text << '\n';
  }

  int end(int code) {
    if (json_) call_.context.out << json_text({{"clients", std::move(clients_)}});
    return code;
  }

 private:
  const ClientCall& call_;
  bool json_;
  nlohmann::ordered_json clients_ = nlohmann::ordered_json::array();
};

/// The client as it is now. Where there is nothing of it any more: what was known of it before.
ClientFile as_it_is_now(const std::string& id, const ClientCall& call, const Inventory& before) {
  const auto now = take_inventory(call.folders);
  if (const auto* file = now.find(id)) return *file;
  ClientFile gone;
  if (const auto* file = before.find(id)) gone.client = file->client;
  gone.client.id = id;
  return gone;
}

/// What an enabled client does all the same; or that it refuses, where it was in monitor mode.
void add_remarks(const ClientFile& file, bool monitor, const LinkChange& done, const Call& call,
                 const Story& story) {
  if (file.rules == 0) {
    const auto& why = file.client.no_rule;
    return call.context.complain(fmt::format("{} has no rule, so it refuses nobody{}",
                                             file.client.id, why.empty() ? "" : ": " + why));
  }
  if (call.config.general.mode == config::Mode::monitor) {
    story.remark("general/mode is monitor: nobody is refused, whatever the client's own mode.");
  } else if (!monitor && file.client.mode == lists::ClientMode::monitor) {
    story.remark("Its file says 'Mode: monitor', so it refuses nobody.");
  } else if (!done.removed.empty() && !call.has("json")) {
    story.remark("Its logins are refused from now on.");
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
  const auto before = inventory(call);
  if (const int code = all_known(wanted, call, before); code != exit_good) return code;

  const bool monitor = call.has("monitor");
  Story story{call};
  int code = exit_good;
  for (const auto& id : wanted) {
    const auto done = admin::enable(call.folders, id, monitor);
    if (!done) {
      code = call.cannot(done.error());
      continue;
    }
    const auto file = as_it_is_now(id, call, before);
    story.tell(id, *done, file);
    add_remarks(file, monitor, *done, call, story);
  }
  return story.end(code);
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
  Story story{call};
  int code = exit_good;
  const auto before = inventory(call);
  for (const auto& id : wanted) {
    // What is a broken link is no client, but can be taken away.
    const auto done = admin::disable(call.folders, id);
    if (!done) {
      code = call.cannot(done.error());
      continue;
    }
    if (done->text.empty()) {
      if (const auto found = find(call, before, id); !found) {
        code = std::max(code, found.error());
        continue;
      }
    }
    story.tell(id, *done, as_it_is_now(id, call, before));
  }
  return story.end(code);
}

}  // namespace badclients::admin::clients_command
