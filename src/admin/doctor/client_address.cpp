#include "admin/doctor/client_address.hpp"

#include <fmt/format.h>

#include "admin/log_options.hpp"
#include "admin/terminal.hpp"
#include "net/address.hpp"
#include "net/special.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view name = "client_address";
/// Of the request that setup and doctor try the policy door with.
constexpr std::string_view own_user = "badclients-setup";
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
  std::map<std::string, std::uint64_t> logins;
  const auto read = read_log(call, {call.context.now() - week, {}}, [&](const logs::Login& login) {
    if (login.user != own_user) ++logins[login.ip];
  });
  // A log without a login is no fault: there may have been none.
  if (!read) return {{std::string(name), Level::ok, "there is no login in the log yet"}};
  auto outcome = judge_addresses(logins);
  if (outcome.good.empty()) return {};
  if (outcome.faults.empty()) return {{std::string(name), Level::ok, outcome.good}};
  auto& fault = outcome.faults.front();
  return {{std::string(name), fault.level, std::move(fault.text), std::move(fault.advice)}};
}

}  // namespace badclients::admin::doctor
