#include "admin/report/groups.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/network.hpp"

namespace badclients::admin::report {

namespace {

/// The block of an address that stands for a network without a name.
constexpr unsigned block_v4 = 24, block_v6 = 48;

bool stands_for_no_name(std::string_view label) {
  constexpr std::array<std::string_view, 9> labels{"ac",  "co", "com", "edu", "gob",
                                                   "gov", "ne", "net", "org"};
  for (const auto each : labels) {
    if (each == label) return true;
  }
  return false;
}

/// Cuts off the last label.
std::string_view take_last(std::string_view& name) {
  const auto dot = name.rfind('.');
  const auto label = dot == std::string_view::npos ? name : name.substr(dot + 1);
  name = dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
  return label;
}

std::string value_of(const logs::Login& login) {
  const auto& matched = login.matched;
  if (matched == "asn") return as_of(login);
  if (matched == "rev_host") return login.host.empty() ? "<>" : login.host;
  constexpr std::array<std::pair<std::string_view, std::string logs::Login::*>, 5> fields{
      {{"as_cc", &logs::Login::as_cc},
       {"as_dscr", &logs::Login::as_desc},
       {"net_cc", &logs::Login::net_cc},
       {"net_name", &logs::Login::net_name},
       {"service", &logs::Login::service}}};
  for (const auto& [name, member] : fields) {
    if (matched == name) return login.*member;
  }
  return {};
}

}  // namespace

std::string as_of(const logs::Login& login) {
  return login.asn == 0 ? std::string() : fmt::format("AS{}", login.asn);
}

std::string country_of(const logs::Login& login) {
  return login.net_cc.empty() ? login.as_cc : login.net_cc;
}

std::string network_of(const logs::Login& login) {
  if (!login.net_name.empty()) return login.net_name;
  const auto address = net::Address::parse(login.ip);
  if (!address) return {};
  return net::Network(*address, address->is_v4() ? block_v4 : block_v6).str();
}

std::string domain_of(const logs::Login& login) {
  if (!login.host_known) return {};
  if (login.host.empty()) return "<>";
  const auto host = base::lowered(login.host);
  std::string_view rest = host;
  while (rest.ends_with('.')) rest.remove_suffix(1);
  const auto whole = rest;
  const auto top = take_last(rest);
  const auto second = take_last(rest);
  if (second.empty()) return std::string(whole);
  auto size = top.size() + 1 + second.size();
  constexpr std::size_t country = 2;
  if (top.size() == country && stands_for_no_name(second) && !rest.empty()) {
    size += 1 + take_last(rest).size();
  }
  return std::string(whole.substr(whole.size() - size));
}

std::string reason_of(const logs::Login& login, bool named) {
  if (!login.client.empty()) return login.client;
  if (!named && login.matched == "rev_host") return login.matched;
  const auto value = value_of(login);
  return value.empty() ? login.matched : fmt::format("{} {}", login.matched, value);
}

}  // namespace badclients::admin::report
