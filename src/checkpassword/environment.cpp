#include "checkpassword/environment.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "door/told.hpp"

namespace badclients::checkpassword {

namespace {

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

door::Told told(std::string user, const Environment& environment) {
  return {std::move(user),       environment.address, environment.service,
          environment.client_id, environment.session, environment.master};
}

}  // namespace

Environment read_environment(const char* const* variables) {
  Environment result;
  result.address = value(variables, "TCPREMOTEIP");
  if (result.address.empty()) result.address = value(variables, "REMOTE_IP");
  result.service = value(variables, "SERVICE");
  result.client_id = value(variables, "AUTH_CLIENT_ID").substr(0, door::most_told);
  result.session = value(variables, "AUTH_SESSION").substr(0, door::most_told);
  result.master = value(variables, "MASTER_USER").substr(0, door::most_told);
  result.credentials_lookup = value(variables, "AUTHORIZED") == "1";
  result.no_login =
      value(variables, "CREDENTIALS_LOOKUP") == "1" && value(variables, "AUTH_MECH").empty();
  result.proxied = find(variables, "PROXY") || find(variables, "PROXY_MAYBE");
  result.log_service = value(variables, "LOG_SERVICE") == "1";
  return result;
}

tl::expected<facts::Login, std::string> make_login(std::string user, const Environment& environment,
                                                   const config::Config& config) {
  return door::make_login(told(std::move(user), environment), config)
      .map_error([](const std::string& why) {
        return fmt::format("TCPREMOTEIP in the environment: {}", why);
      });
}

facts::Login login_for_log(std::string user, const Environment& environment) {
  return door::login_for_log(told(std::move(user), environment));
}

}  // namespace badclients::checkpassword
