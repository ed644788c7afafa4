#include "admin/update/source.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.hpp"

namespace badclients::admin::update {

namespace {

using Keys = std::string_view;

constexpr std::array<Keys, 3> aws_keys{"service", "region", "network_border_group"};
constexpr std::array<Keys, 3> azure_keys{"tag", "region", "systemService"};
constexpr std::array<Keys, 2> google_keys{"service", "scope"};
constexpr std::array<Keys, 2> microsoft365_keys{"serviceArea", "id"};
constexpr std::array<Keys, 2> oracle_keys{"region", "tag"};
constexpr std::array<Keys, 3> geofeed_keys{"country", "region", "city"};

constexpr std::array<Provider, 9> table{{
    {"aws", "https://ip-ranges.amazonaws.com/ip-ranges.json", "", aws_keys, "", read_aws},
    {"azure", "",
     "Microsoft changes it every week: the one of \"Azure IP Ranges and Service Tags\" in its "
     "Download Center",
     azure_keys, "tag", read_azure},
    {"digitalocean", "https://digitalocean.com/geo/google.csv", "", geofeed_keys, "", read_geofeed},
    {"geofeed", "", "where the file of RFC 8805 is", geofeed_keys, "", read_geofeed},
    {"google", "https://www.gstatic.com/ipranges/cloud.json", "", google_keys, "", read_google},
    {"linode", "https://geoip.linode.com/", "", geofeed_keys, "", read_geofeed},
    {"microsoft365", "https://endpoints.office.com/endpoints/worldwide", "", microsoft365_keys,
     "serviceArea", read_microsoft365},
    {"oracle", "https://docs.oracle.com/iaas/tools/public_ip_ranges.json", "", oracle_keys, "",
     read_oracle},
    {"text", "", "where the file with a network a line is", {}, "", read_text},
}};

/// What is wrong with an URL, as a half-sentence; empty where nothing is.
std::string fault_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts{curl_url(), curl_url_cleanup};
  if (!parts) throw std::bad_alloc();
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parts.get(), which, &text, 0) != CURLUE_OK) return std::string();
    const std::unique_ptr<char, decltype(&curl_free)> owner{text, curl_free};
    return std::string(text);
  };
  const auto result =
      curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (result != CURLUE_OK) return fmt::format("is no URL: {}", curl_url_strerror(result));
  if (part(CURLUPART_SCHEME) != "https") {
    return "is not https: anybody on the way could change who may log in (try https://)";
  }
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    return "has a user name or password: the list, which everybody may read, would show it";
  }
  return {};
}

}  // namespace

std::span<const Provider> providers() {
  return table;
}

std::string Source::str() const {
  return fmt::format("{}{}{} {}", provider->name, filter.empty() ? "" : ":", filter.str(), url);
}

tl::expected<Source, std::string> parse_source(std::string_view text) {
  auto publisher = base::trimmed(text);
  std::string url;
  const auto last_word = publisher.find_last_of(" \t") + 1;  // 0: it is the only one
  if (publisher.find("://", last_word) != std::string_view::npos) {
    url = publisher.substr(last_word);
    publisher = base::trimmed(publisher.substr(0, last_word));
  }

  const auto colon = publisher.find(':');
  const auto name = base::trimmed(publisher.substr(0, colon));
  const auto* provider = std::ranges::find_if(
      table, [&](const Provider& known) { return base::same_word(known.name, name); });
  if (provider == table.end()) {
    std::string known;
    for (const auto& each : table)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return tl::unexpected(fmt::format("'{}' is no source (known are: {})", name, known));
  }

  Source source{provider, {}, url.empty() ? std::string(provider->url) : url};
  if (colon != std::string_view::npos) {
    auto filter =
        Filter::parse(publisher.substr(colon + 1), provider->filter_keys, provider->bare_key);
    if (!filter) return tl::unexpected(fmt::format("{}: {}", name, filter.error()));
    source.filter = std::move(*filter);
  }
  if (source.url.empty()) {
    return tl::unexpected(fmt::format("{} needs a URL behind it ({})", publisher, provider->hint));
  }
  if (const auto fault = fault_of(source.url); !fault.empty()) {
    return tl::unexpected(fmt::format("'{}' {}", source.url, fault));
  }
  return source;
}

std::string request_url(const Source& source, std::string_view client_request_id) {
  constexpr std::string_view parameter = "clientrequestid=";
  if (source.provider->name != "microsoft365") return source.url;
  const auto query = std::ranges::find(source.url, '?');
  const auto given =
      std::search(query, source.url.end(), parameter.begin(), parameter.end(), [](char a, char b) {
        return base::same_word({&a, 1}, {&b, 1});
      });
  if (given != source.url.end()) return source.url;
  return fmt::format("{}{}{}{}", source.url, query == source.url.end() ? '?' : '&', parameter,
                     client_request_id);
}

}  // namespace badclients::admin::update
