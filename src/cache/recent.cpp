#include "cache/recent.hpp"

namespace badclients::cache {

void Recent::begin(std::int64_t version) {
  if (version_ != version) found_.clear();
  version_ = version;
}

const facts::Facts* Recent::find(const net::Address& address, const facts::Wanted& wanted,
                                 std::int64_t now) const {
  const auto found = found_.find(address);
  if (found == found_.end()) return nullptr;
  const auto& [for_what, facts, from, until] = found->second;
  return from <= now && now < until && for_what == wanted ? &facts : nullptr;
}

void Recent::keep(const net::Address& address, const facts::Wanted& wanted,
                  const facts::Facts& facts, std::int64_t now, std::int64_t until) {
  if (found_.size() >= most_addresses && !found_.contains(address)) found_.clear();
  found_.insert_or_assign(address, Found{wanted, facts, now, until});
}

}  // namespace badclients::cache
