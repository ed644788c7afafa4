#include "checkpassword/environment.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "config/scope.hpp"

namespace badclients::checkpassword {

namespace {

/// Far more than anybody says, and little enough to try every pattern on.
constexpr std::size_t most_said = 4096;

std::optional<std::string_view> find(const char* const* variables, std::string_view name) {
  for (; *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('=')) {
      return variable.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

std::string_view value(const char* const* variables, std::string_view name) {
  return find(variables, name).value_or("");
}

}  // namespace

Environment read_environment(const char* const* variables) {
  Environment result;
  result.address = value(variables, "TCPREMOTEIP");
  if (result.address.empty()) result.address = value(variables, "REMOTE_IP");
  result.service = value(variables, "SERVICE");
  result.client_id = value(variables, "AUTH_CLIENT_ID").substr(0, most_said);
  result.session = value(variables, "AUTH_SESSION").substr(0, most_said);
  result.master = value(variables, "MASTER_USER").substr(0, most_said);
  result.credentials_lookup = value(variables, "AUTHORIZED") == "1";
  result.no_login =
      value(variables, "CREDENTIALS_LOOKUP") == "1" && value(variables, "AUTH_MECH").empty();
  result.proxied = find(variables, "PROXY") || find(variables, "PROXY_MAYBE");
  result.log_service = value(variables, "LOG_SERVICE") == "1";
  return result;
}

tl::expected<facts::Login, std::string> make_login(std::string user, const Environment& environment,
                                                   const config::Config& config) {
  facts::Login login{std::move(user),       environment.service, std::nullopt,
                     environment.client_id, environment.session, environment.master};
  if (!environment.address.empty()) {
    const auto address = net::Address::parse(environment.address);
    if (!address) {
      return tl::unexpected(fmt::format("TCPREMOTEIP in the environment: {}", address.error()));
    }
    login.address = *address;
  }
  login.scope = config::scope_of(login, config);
  return login;
}

facts::Login login_for_log(std::string user, const Environment& environment) {
  auto known = environment;
  if (!net::Address::parse(known.address)) known.address.clear();
  return make_login(std::move(user), known, {}).value();
}

}  // namespace badclients::checkpassword
