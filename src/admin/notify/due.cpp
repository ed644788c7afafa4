#include "admin/notify/due.hpp"

#include <string_view>

#include "admin/client_files.hpp"

namespace badclients::admin::notify {

namespace {

/// Its name, where the line does not say the ID.
std::string id_of(const logs::Login& login) {
  const auto id = id_in_rule(login.rule);
  return id.empty() || logs::was_cut(login, "rule") ? login.client : std::string(id);
}

}  // namespace

void Uses::add(const logs::Login& login) {
  if (!speaks_against(login.outcome) || login.client.empty() || login.user.empty() ||
      !login.master.empty())
    return;
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
