// check_settings: settings that are valid, and hardly what was meant.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "admin/lint.hpp"
#include "audit/utf8.hpp"

namespace badclients::admin {

using Severity = config::Problem::Severity;

namespace {

std::optional<std::string> wide_network(const config::Config& config) {
  for (const auto& network : config.general.ignore_networks) {
    // As in lists: no operator holds a network as wide as this.
    if (network.prefix() >= (network.base().is_v4() ? 8U : 12U)) continue;
    return fmt::format(
        "general/ignore_networks: {} is {} addresses: none of them is refused or logged",
        network.str(),
        network.prefix() != 0    ? "a large part of all"
        : network.base().is_v4() ? "all IPv4"
                                 : "all IPv6");
  }
  return std::nullopt;
}

std::optional<std::string> doubt_about_message(const std::string& text) {
  const bool quotes = text.size() > 1 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  if (quotes) return "general/deny_message: users get the quotes, too: write it without them";
  if (!audit::is_utf8(text)) {
    return "general/deny_message: it is not UTF-8: save the file as UTF-8";
  }
  return std::nullopt;
}

/// "ip/ADDRESS" is appended.
std::optional<std::string> doubled_path(const char* registry, std::string_view url) {
  for (const std::string_view end : {"/ip/", "/ip"}) {
    if (!url.ends_with(end)) continue;
    return fmt::format("rdap/{}: ip/ADDRESS is appended (write {})", registry,
                       url.substr(0, url.size() - end.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

Problems check_settings(const config::Config& config, const std::string& config_file) {
  Problems problems;
  const auto add = [&](const std::optional<std::string>& doubt) {
    if (doubt) problems.push_back({Severity::warning, config_file, 0, *doubt});
  };
  add(wide_network(config));
  add(doubt_about_message(config.general.deny_message));
  const auto& rdap = config.rdap;
  add(doubled_path("arin", rdap.arin));
  add(doubled_path("ripencc", rdap.ripencc));
  add(doubled_path("apnic", rdap.apnic));
  add(doubled_path("lacnic", rdap.lacnic));
  add(doubled_path("afrinic", rdap.afrinic));
  return problems;
}

}  // namespace badclients::admin
