#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "config/table.hpp"
#include "config/values.hpp"
#include "net/network_text.hpp"

/// Setters for the rows of the table: each reads one form of value and puts it into its place,
/// which is named by member pointers. Used by table.cpp alone.
namespace badclients::config::setters {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Severity = Problem::Severity;
using Faults = std::vector<Fault>;
using C = Config;
using Text = std::string_view;

inline Fault error(std::string text) {
  return {Severity::error, std::move(text)};
}
inline Fault warning(std::string text) {
  return {Severity::warning, std::move(text)};
}

template <class T>
Faults keep(T& place, Read<T> read) {
  if (!read) return {error(read.error())};
  place = std::move(*read);
  return {};
}

/// Puts what `read` makes of a value into the member M of the section S.
template <auto S, auto M, auto read>
Faults set(C& config, Text value, Text) {
  return keep(config.*S.*M, read(value));
}

/// As `read`, and an empty value stands for itself.
template <auto read>
Read<std::string> or_none(Text value) {
  return value.empty() ? std::string() : read(value);
}

inline Read<C::Endpoint> read_whois_server(Text value) {
  return read_endpoint(value, 43);
}

template <auto S, auto M>
inline constexpr auto boolean = set<S, M, read_boolean>;
template <auto S, auto M>
inline constexpr auto path = set<S, M, read_path>;
template <auto S, auto M>
inline constexpr auto path_or_none = set<S, M, or_none<read_path>>;
template <auto M>
inline constexpr auto limits = set<&C::budget, M, read_limits>;
template <auto M>
inline constexpr auto zone = set<&C::dns, M, read_zone>;
template <auto M>
inline constexpr auto whois_server = set<&C::whois, M, read_whois_server>;
template <auto M>
inline constexpr auto base_url = set<&C::rdap, M, read_base_url>;
template <auto M>
inline constexpr auto url_or_none = set<&C::rdap, M, or_none<read_base_url>>;

/// A path that may count from the configuration file's folder.
template <auto S, auto M>
Faults path_beside(C& config, Text value, Text folder) {
  const bool as_it_is = value.empty() || value.starts_with('/');
  (config.*S).*M = as_it_is ? std::string(value) : fmt::format("{}{}", folder, value);
  return {};
}

template <auto S, auto M, std::int64_t Least, std::int64_t Most>
Faults seconds(C& config, Text value, Text) {
  const auto read = read_duration(value, 1s * Least, 1s * Most);
  if (!read) return {error(read.error())};
  if (*read % 1s != 0ms) return {error(fmt::format("{} is no whole second", quote(value)))};
  config.*S.*M = std::chrono::duration_cast<std::chrono::seconds>(*read);
  return {};
}

template <auto M, std::uint64_t Least, std::uint64_t Most>
Faults number(C& config, Text value, Text) {
  const auto read = read_number(value, Least, Most);
  if (!read) return {error(read.error())};
  config.cache.*M = static_cast<std::remove_reference_t<decltype(config.cache.*M)>>(*read);
  return {};
}

/// One word of a few, in any case.
template <class T, std::size_t N>
Read<T> read_word(Text value, const std::array<std::pair<Text, T>, N>& known) {
  const auto word = base::lowered(value);
  std::string expected;
  for (const auto& [name, meaning] : known) {
    if (name == word) return meaning;
    expected += fmt::format("{}{}", expected.empty() ? "" : ", ", name);
  }
  return tl::unexpected(fmt::format("{} is none of {}", quote(value), expected));
}

inline constexpr std::array<std::pair<Text, Mode>, 2> modes{
    {{"enforce", Mode::enforce}, {"monitor", Mode::monitor}}};
inline constexpr std::array<std::pair<Text, LogFormat>, 2> log_formats{
    {{"line", LogFormat::line}, {"json", LogFormat::json}}};
inline constexpr std::array<std::pair<Text, OnError>, 3> error_policies{
    {{"allow", OnError::allow}, {"deny", OnError::deny}, {"tempfail", OnError::tempfail}}};
inline constexpr std::array<std::pair<Text, OriginSource>, 3> origin_sources{
    {{"local", OriginSource::local}, {"dns", OriginSource::dns}, {"whois", OriginSource::whois}}};
inline constexpr std::array<std::pair<Text, RegistrationSource>, 3> registration_sources{
    {{"local", RegistrationSource::local},
     {"rdap", RegistrationSource::rdap},
     {"whois", RegistrationSource::whois}}};
inline constexpr std::array<std::pair<Text, RegistrySource>, 6> bulk_sources{
    {{"ris", RegistrySource::ris},
     {"asn", RegistrySource::asn},
     {"delegated", RegistrySource::delegated},
     {"ripe", RegistrySource::ripe},
     {"apnic", RegistrySource::apnic},
     {"afrinic", RegistrySource::afrinic}}};

template <auto M, const auto& Known>
Faults word(C& config, Text value, Text) {
  return keep(config.general.*M, read_word(value, Known));
}

/// Sources in their order, or `none`.
template <auto S, auto M, const auto& Known>
Faults sources(C& config, Text value, Text) {
  std::remove_reference_t<decltype(config.*S.*M)> result;
  using Source = typename decltype(result)::value_type;
  const auto named = base::words(value);
  if (named.empty()) return {error("empty (none switches it off)")};
  for (const auto name : named) {
    if (named.size() == 1 && base::lowered(name) == "none") break;
    const auto source = read_word(name, Known);
    if (!source) return {error(source.error() + ", or none alone")};
    if (std::find(result.begin(), result.end(), *source) != result.end()) {
      return {error(fmt::format("{} is named twice", quote(name)))};
    }
    if constexpr (requires { Source::local; }) {
      if (!result.empty() && *source == Source::local) {
        return {error("local is not first (nobody is asked for what registry data has)")};
      }
    }
    result.push_back(*source);
  }
  config.*S.*M = std::move(result);
  return {};
}

/// All others are read by what the registries have delegated.
inline Faults registry_sources(C& config, Text value, Text folder) {
  auto& kept = config.registry.sources;
  const auto before = kept;
  auto faults = sources<&C::registry, &C::Registry::sources, bulk_sources>(config, value, folder);
  if (!kept.empty() && std::ranges::find(kept, RegistrySource::delegated) == kept.end()) {
    kept = before;
    faults.push_back(error(fmt::format(
        "{} lacks delegated, which the others need (try '{} delegated')", quote(value), value)));
  }
  return faults;
}

inline Faults log(C& config, Text value, Text) {
  const auto word = base::lowered(value);
  if (word == "auto" || word == "dovecot" || word == "syslog" || word == "stderr" ||
      word == "none") {
    config.general.log = word;
    return {};
  }
  if (auto file = read_path(value)) return keep(config.general.log, std::move(file));
  return {error(fmt::format(
      "{} is none of auto, dovecot, syslog, stderr, none, and no absolute path", quote(value)))};
}

/// The good ones count, so that one typing error does not put every other network at risk.
inline Faults networks(C& config, Text value, Text) {
  Faults faults;
  auto& networks = config.general.ignore_networks;
  networks.clear();
  // Not word by word: a range may have blanks in it.
  for (auto left = base::words(value); !left.empty(); left = base::words(value)) {
    value.remove_prefix(static_cast<std::size_t>(left.front().data() - value.data()));
    const auto read = net::read_network(value);
    if (read) {
      networks.push_back(read->first);
      networks.insert(networks.end(), read->more.begin(), read->more.end());
    } else {
      faults.push_back(error(read.error()));
    }
    value.remove_prefix(read ? read->length : left.front().size());
  }
  return faults;
}

inline Faults nameservers(C& config, Text value, Text) {
  std::vector<C::Endpoint> servers;
  for (const auto word : base::words(value)) {
    auto server = read_endpoint(word, 53);
    if (!server || !net::Address::parse(server->host)) {
      return {error(fmt::format("{} is no IP address with or without a port (127.0.0.1, [::1]:53)",
                                quote(word)))};
    }
    servers.push_back(std::move(*server));
  }
  config.dns.nameserver = std::move(servers);
  return {};
}

template <auto M>
Faults services(C& config, Text value, Text) {
  Faults faults;
  (config.general.*M).clear();
  for (const auto word : base::words(value)) {
    (config.general.*M).push_back(base::lowered(word));
    if (const auto hint = service_meant(base::lowered(word)); !hint.empty()) {
      faults.push_back(warning(fmt::format("Dovecot has no service {} ({})", quote(word), hint)));
    }
  }
  return faults;
}

inline Faults message_services(C& config, Text value, Text folder) {
  auto faults = services<&C::General::deny_message_services>(config, value, folder);
  const auto& named = config.general.deny_message_services;
  if (std::find(named.begin(), named.end(), "smtp") != named.end()) {
    faults.push_back(
        warning("smtp never gets a message: a mail server that asks Dovecot over SASL would take "
                "the answer for a success"));
  }
  return faults;
}

inline Faults deny_message(C& config, Text value, Text) {
  config.general.deny_message = std::string(value);
  if (value.size() > 400) return {warning("longer than 400 bytes; users get the beginning")};
  return {};
}

inline constexpr auto shared = set<&C::cache, &C::Cache::shared, read_shared_cache>;

// Keys of the original that have no effect here.

inline Faults note(const std::string& text) {
  return {{Severity::note, "has no effect here: " + text}};
}

inline Faults asn_script_path(C&, Text, Text) {
  return note("badclients looks networks up itself (see lookup/helper)");
}

inline Faults cachepath(C&, Text value, Text) {
  constexpr Text redis = "redis:";
  const auto server = value.substr(std::min(value.size(), redis.size()));
  if (value.starts_with(redis) && !server.starts_with("//") && !server.empty()) {
    return note(fmt::format(
        "the cache is cache.db in general/state_path; to share it between hosts through Redis set "
        "cache/shared = redis://{}",
        server));
  }
  return note("the cache is cache.db in general/state_path");
}

// These two meant more to the original than to us.

inline Faults result_success(C&, Text value, Text) {
  auto text = std::string(
      "has no effect here: badclients never vouches for a password; set result_success = continue "
      "in Dovecot's passdb block");
  if (base::lowered(value) == "next") return {{Severity::note, std::move(text)}};
  return {warning(std::move(text))};
}

inline Faults result_block(C&, Text value, Text) {
  constexpr auto text =
      "has no effect here: a refused login fails as one with a wrong password does, and one that "
      "cannot be decided is let in (unless general/on_error says otherwise)";
  const auto result = base::lowered(value);
  const bool same = result == "missmatch" || result == "mismatch" || result == "password_mismatch";
  return {{same ? Severity::note : Severity::warning, text}};
}

inline Faults process_unknown(C&, Text, Text) {
  return note(
      "skip = unauthenticated in Dovecot's passdb block decides whether badclients sees "
      "logins whose password was wrong");
}

}  // namespace badclients::config::setters
