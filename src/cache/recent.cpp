#include "cache/recent.hpp"

namespace badclients::cache {

void Recent::begin(const base::Database::Version& version) {
  if (version_ != version) found_.clear();
  version_ = version;
}

const Recent::Found* Recent::find(const net::Address& address, const facts::Wanted& wanted,
                                  std::int64_t now) const {
  const auto found = found_.find(address);
  if (found == found_.end()) return nullptr;
  const auto& one = found->second;
  return one.from <= now && now < one.until && one.wanted == wanted ? &one : nullptr;
}

std::uint64_t Recent::keep(const net::Address& address, const facts::Wanted& wanted,
                           const facts::Facts& facts, std::int64_t now, std::int64_t until) {
  if (found_.size() >= most_addresses && !found_.contains(address)) found_.clear();
  // One counter for the whole process: a number may be kept for longer than this object lives.
  static std::uint64_t last = 0;
  found_.insert_or_assign(address, Found{wanted, facts, now, until, ++last});
  return last;
}

}  // namespace badclients::cache
