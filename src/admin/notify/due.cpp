#include "admin/notify/due.hpp"

#include <string_view>

#include "lists/rulebook.hpp"

namespace badclients::admin::notify {

namespace {

/// "clients/ID.client:3"
std::string id_of(const logs::Login& login) {
  constexpr std::string_view folder = "clients/";
  std::string_view rule = login.rule;
  const auto end = rule.rfind(lists::client_extension);
  const bool whole = rule.starts_with(folder) && end != std::string_view::npos &&
                     end > folder.size() && !logs::was_cut(login, "rule");
  return whole ? std::string(rule.substr(folder.size(), end - folder.size())) : login.client;
}

}  // namespace

void Uses::add(const logs::Login& login) {
  const bool hit =
      login.outcome == logs::Outcome::blocked || login.outcome == logs::Outcome::would_block;
  if (!hit || login.client.empty() || login.user.empty() || !login.master.empty()) return;
  auto id = id_of(login);
  if (!client_.empty() && client_ != login.client && client_ != id) return;
  auto& use = uses_[{id, login.user}];
  if (use.logins++ == 0) {
    use.client = login.client;
    use.client_id = std::move(id);
    use.user = login.user;
  }
  if (login.time && (!use.last || *login.time > *use.last)) use.last = login.time;
}

}  // namespace badclients::admin::notify
