#include "login/decided.hpp"

#include <utility>

namespace badclients::login {

void Decided::begin(const std::shared_ptr<const lists::LoginRules>& rules,
                    std::uint64_t configuration, bool names_count) {
  if (rules == rules_ && configuration == configuration_) return;
  decisions_.clear();
  rules_ = rules;
  configuration_ = configuration;
  names_count_ = names_count;
}

std::shared_ptr<const Decided::Decision> Decided::find(
    const std::shared_ptr<const lists::LoginRules>& rules, std::uint64_t configuration,
    const facts::Login& login) const {
  if (rules != rules_ || configuration != configuration_ || !login.address) return nullptr;
  const auto found = decisions_.find(said_by(login));
  return found == decisions_.end() ? nullptr : found->second;
}

void Decided::keep(const facts::Login& login, Decision decision) {
  if (!login.address) return;
  auto said = said_by(login);
  if (decisions_.size() >= most && !decisions_.contains(said)) decisions_.clear();
  decisions_.insert_or_assign(std::move(said),
                              std::make_shared<const Decision>(std::move(decision)));
}

Decided::Said Decided::said_by(const facts::Login& login) const {
  // No rule looks at the session; the scope follows from the rest and the configuration.
  const auto& [user, service, address, client_id, session, master, scope] = login;
  const std::string no_name;
  return {*address, service, client_id, names_count_ ? user : no_name,
          names_count_ ? master : no_name};
}

}  // namespace badclients::login
