#include "network/questions/cymru.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "facts/escape.hpp"
#include "facts/serialise.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t longest_quote = 100;
constexpr auto unknown = "NA";

std::string quote(std::string_view text) {
  return fmt::format("'{}'", facts::printable(trimmed(text), longest_quote));
}

std::string_view known(std::string_view field) {
  return field == unknown ? "" : field;
}

std::string registry_name(std::string_view field) {
  auto name = lowered(field);
  const auto& known = facts::registry_names;
  return std::ranges::find(known, name) != known.end() ? name : std::string();
}

/// Nothing where the field holds something other than AS numbers.
std::optional<std::vector<std::uint32_t>> as_numbers(std::string_view field) {
  std::vector<std::uint32_t> asns;
  for (const auto word : words(known(field))) {
    const auto asn = base::number<std::uint32_t>(word);
    if (!asn || asns.size() == facts::most_members) return std::nullopt;
    if (std::ranges::find(asns, *asn) == asns.end()) asns.push_back(*asn);
  }
  return asns;
}

/// The fields AS numbers, prefix, country, registry, which both forms of the answer have. Nothing
/// where they are no origin of `address`.
std::optional<facts::Origin> origin_of(std::string_view asns, std::string_view prefix,
                                       std::string_view country, std::string_view registry,
                                       const net::Address& address) {
  auto numbers = as_numbers(asns);
  if (!numbers) return std::nullopt;
  facts::Origin origin{std::move(*numbers), std::nullopt, country_code(known(country)),
                       registry_name(registry)};
  if (!known(prefix).empty()) {
    const auto network = net::Network::parse(prefix);
    if (!network || !network->contains(address)) return std::nullopt;
    origin.prefix = *network;
  }
  if (origin.asns.empty() != !origin.prefix) return std::nullopt;  // one without the other
  return origin;
}

/// Keeps the more specific of both; the ASes of one prefix come together.
void merge(std::optional<facts::Origin>& best, facts::Origin other) {
  const auto length = [](const facts::Origin& origin) {
    return origin.prefix ? static_cast<int>(origin.prefix->prefix()) : -1;
  };
  if (!best || length(other) > length(*best)) {
    best = std::move(other);
  } else if (length(other) == length(*best)) {
    for (const auto asn : other.asns) {
      if (best->asns.size() < facts::most_members &&
          std::ranges::find(best->asns, asn) == best->asns.end()) {
        best->asns.push_back(asn);
      }
    }
  }
}

}  // namespace

tl::expected<facts::Origin, std::string> read_origin(std::span<const std::string> records,
                                                     const net::Address& address) {
  if (records.empty()) return facts::Origin{};  // not announced
  std::optional<facts::Origin> best;
  for (const auto& record : records) {
    const auto fields = split(record, '|');
    if (fields.size() < 4) continue;
    auto origin = origin_of(fields[0], fields[1], fields[2], fields[3], address);
    if (origin && !origin->asns.empty()) merge(best, std::move(*origin));
  }
  if (best) return std::move(*best);
  return tl::unexpected(
      fmt::format("{} is no origin of {}", quote(records.front()), address.str()));
}

tl::expected<facts::AsDescription, std::string> read_as_description(
    std::span<const std::string> records, std::uint32_t asn) {
  if (records.empty()) return facts::AsDescription{asn, ""};
  for (const auto& record : records) {
    const auto fields = split(record, '|', 5);
    if (fields.size() < 5 || base::number<std::uint32_t>(fields[0]) != asn) continue;
    return facts::AsDescription{asn, to_utf8(known(fields[4]))};
  }
  return tl::unexpected(fmt::format("{} does not describe AS{}", quote(records.front()), asn));
}

tl::expected<CymruWhois, std::string> read_cymru_whois(std::string_view answer,
                                                       const net::Address& address) {
  std::optional<facts::Origin> best;
  std::vector<CymruWhois> rows;
  for (const auto line : split(answer, '\n')) {
    const auto fields = split(line, '|', 7);
    if (fields.size() < 7 || net::Address::parse(fields[1]) != address) continue;
    const auto origin = origin_of(fields[0], fields[2], fields[3], fields[4], address);
    if (!origin) continue;
    const auto asn = origin->asns.empty() ? 0 : origin->asns.front();
    rows.push_back({*origin, {{asn, to_utf8(known(fields[6]))}}});
    merge(best, *origin);
  }
  if (!best) {
    return tl::unexpected(fmt::format("{} is no origin of {}", quote(answer), address.str()));
  }
  std::vector<facts::AsDescription> descriptions;
  for (const auto& row : rows) {
    const auto& description = row.descriptions.front();
    const bool is_new = std::ranges::find(descriptions, description.asn,
                                          &facts::AsDescription::asn) == descriptions.end();
    if (is_new && row.origin.prefix == best->prefix) descriptions.push_back(description);
  }
  return CymruWhois{std::move(*best), std::move(descriptions)};
}

tl::expected<facts::AsDescription, std::string> read_as_description_whois(std::string_view answer,
                                                                          std::uint32_t asn) {
  std::vector<std::string> lines;
  for (const auto line : split(answer, '\n')) lines.emplace_back(line);
  return read_as_description(lines, asn);
}

}  // namespace badclients::network
