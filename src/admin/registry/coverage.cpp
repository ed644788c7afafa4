#include "admin/registry/coverage.hpp"

#include "admin/log_options.hpp"
#include "net/special.hpp"

namespace badclients::admin::registry_command {

tl::expected<Logins, std::string> read_logins(const Call& call) {
  using namespace std::chrono_literals;
  Logins logins;
  const auto read =
      read_log(call, {call.context.now() - 30 * 24h, {}}, [&](const logs::Login& login) {
        const auto address = net::Address::parse(login.ip);
        if (!address || net::special_purpose(address->carried())) return;
        ++logins[address->carried()];
      });
  if (!read) return tl::unexpected(read.error());
  return logins;
}

tl::expected<Coverage, std::string> coverage(const Logins& logins, registry::Store& store,
                                             const registry::Age& age) {
  facts::Wanted wanted;
  wanted.origin = wanted.as_description = wanted.registration = true;
  Coverage coverage;
  for (const auto& [address, count] : logins) {
    facts::Facts facts;
    const auto filled = registry::fill(store, address, wanted, age, facts);
    if (!filled) return tl::unexpected(filled.error());
    coverage.logins += count;
    if (facts.origin.known() &&
        facts.as_descriptions.size() == facts::described_asns(facts.origin.value).size()) {
      coverage.origin += count;
    }
    if (facts.registration.known()) coverage.registration += count;
  }
  return coverage;
}

}  // namespace badclients::admin::registry_command
