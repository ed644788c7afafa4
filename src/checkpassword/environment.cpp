#include "checkpassword/environment.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace badclients::checkpassword {

namespace {

/// Far more than any app says, and little enough to try every pattern on.
constexpr std::size_t most_client_id = 4096;

std::string_view value(const char* const* variables, std::string_view name) {
  for (; *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('=')) {
      return variable.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

Environment read_environment(const char* const* variables) {
  Environment result;
  result.address = value(variables, "TCPREMOTEIP");
  if (result.address.empty()) result.address = value(variables, "REMOTE_IP");
  result.service = value(variables, "SERVICE");
  result.client_id = value(variables, "AUTH_CLIENT_ID").substr(0, most_client_id);
  result.credentials_lookup = value(variables, "AUTHORIZED") == "1";
  result.log_service = value(variables, "LOG_SERVICE") == "1";
  return result;
}

tl::expected<facts::Login, std::string> make_login(std::string user,
                                                   const Environment& environment) {
  facts::Login login{std::move(user), environment.service, std::nullopt, environment.client_id};
  if (environment.address.empty()) return login;
  const auto address = net::Address::parse(environment.address);
  if (!address) {
    return tl::unexpected(fmt::format("TCPREMOTEIP in the environment: {}", address.error()));
  }
  login.address = *address;
  return login;
}

facts::Login login_for_log(std::string user, const Environment& environment) {
  auto known = environment;
  if (!net::Address::parse(known.address)) known.address.clear();
  return make_login(std::move(user), known).value();
}

}  // namespace badclients::checkpassword
