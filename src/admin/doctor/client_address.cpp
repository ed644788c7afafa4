#include "admin/doctor/client_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "admin/log_options.hpp"
#include "admin/setup/dovecot.hpp"
#include "admin/terminal.hpp"
#include "net/address.hpp"
#include "net/special.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view name = "client_address";
constexpr std::string_view advice =
    "have the proxy hand on the client's address: HAProxy's protocol (haproxy_trusted_networks), "
    "or "
    "login_trusted_networks where a Dovecot or a webmail stands before this one";

}  // namespace

Outcome judge_addresses(const std::map<std::string, std::uint64_t>& logins) {
  constexpr std::uint64_t enough = 10;
  std::uint64_t all = 0;
  for (const auto& [address, count] : logins) all += count;
  if (all == 0) return {};
  Outcome outcome{fmt::format("{} came from {}", counted(all, "login", "logins"),
                              counted(logins.size(), "address", "addresses")),
                  {}};
  const auto& only = logins.begin()->first;
  const auto address = net::Address::parse(only);
  const bool is_private = !address || net::special_purpose(*address);
  if (logins.size() == 1 && all >= enough && is_private) {
    outcome.warn(fmt::format("all {} logins of the log came from {}: a proxy's address, not the "
                             "clients'; nobody there is ever refused",
                             all, only.empty() ? "no known address" : only),
                 std::string(advice));
  }
  return outcome;
}

std::vector<Finding> check_client_address(const Call& call) {
  constexpr std::chrono::hours week{24 * 7};
  const logs::Range range{call.context.now() - week, {}};
  std::map<std::string, std::uint64_t> logins, dovecots;
  // Where there is no audit line, Dovecot's may do.
  std::ignore = read_log(call, range, [&](const logs::Login& login) {
    if (login.user != setup::own_user) ++logins[login.ip];
  });
  read_dovecots_log(call, range, [&](const logs::Login& login) { ++dovecots[login.ip]; });
  // Most stand in both, but badclients logs none from a private address.
  for (const auto& [address, count] : dovecots) {
    logins[address] = std::max(logins[address], count);
  }
  // A log without a login is no fault: there may have been none.
  if (logins.empty()) return {{std::string(name), Level::ok, "there is no login in the log yet"}};
  auto outcome = judge_addresses(logins);
  if (outcome.faults.empty()) return {{std::string(name), Level::ok, outcome.good}};
  auto& fault = outcome.faults.front();
  return {{std::string(name), fault.level, std::move(fault.text), std::move(fault.advice)}};
}

}  // namespace badclients::admin::doctor
