#include "network/questions/standing.hpp"

#include <algorithm>
#include <array>

#include "net/network.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

using Holder = Standing::Holder;

/// By whom registries sign what they keep themselves; lower case.
constexpr std::array<std::string_view, 6> registries_maintainers{
    "ripe-ncc-hm-mnt", "ripe-ncc-mnt",   "apnic-hm",
    "apnic-stub",      "maint-apnic-ap", "afrinic-hm-mnt"};
/// Their contacts and organisations there.
constexpr std::array<std::string_view, 12> registries_contacts{
    "iana1-ripe", "iana1-ap",     "iana1-afrinic", "stub-ap",      "hm20-ap", "no4-ap",
    "aa1452-ap",  "irt-apnic-ap", "irt-stub-ap",   "team-afrinic", "vr-arin", "org-ncc1-ripe"};
constexpr std::string_view afrinics_organisation = "org-afnc1-afrinic";

bool is_maintainer(std::string_view handle) {
  return std::ranges::find(registries_maintainers, lowered(handle)) != registries_maintainers.end();
}

bool is_contact(std::string_view handle) {
  const auto name = lowered(handle);
  return name == afrinics_organisation ||
         std::ranges::find(registries_contacts, name) != registries_contacts.end();
}

bool is_whole_space(const facts::Registration& registration) {
  if (!registration.range) return false;
  const net::Network everything(registration.range->first, 0);
  return *registration.range == std::pair(everything.base(), everything.last());
}

/// At least as much as IANA gives to a registry at a time: /8, and /12 of IPv6.
bool is_iana_block(const facts::Registration& registration) {
  if (!registration.range) return false;
  const auto& [first, last] = *registration.range;
  const net::Network block(first, first.is_v4() ? 8 : 12);
  return block.base() == first && block.last() <= last;
}

bool has_registrys_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> names{"ripe-", "apnic-", "afrinic-", "lacnic-",
                                                  "arin-", "iana-",  "eu-zz-"};
  return std::ranges::any_of(
      names, [name = lowered(name)](std::string_view each) { return name.starts_with(each); });
}

/// What follows the first of `words` in `text`; nothing where none of them is there.
template <std::size_t size>
std::optional<std::string_view> after_any(std::string_view text,
                                          const std::array<std::string_view, size>& words) {
  const auto plain = lowered(text);
  for (const auto word : words) {
    const auto at = plain.find(word);
    if (at != std::string::npos) return text.substr(at + word.size());
  }
  return std::nullopt;
}

/// ARIN's NetType, which no holder writes. "Direct Allocation" and the like are holders'.
std::optional<Standing> by_type(const NetworkObject& object) {
  constexpr std::array<std::string_view, 4> given{"allocated to ", "assigned to ",
                                                  "transferred to ", "maintained by "};
  constexpr std::array<std::string_view, 6> free{"unallocated",   "available",        "free",
                                                 "iana reserved", "iana special use", "reserved"};
  if (const auto whom = after_any(object.type, given)) {
    const auto registry = registry_in(*whom);
    if (!registry || registry == Registry::arin) return Standing{Holder::nobody};
    return Standing{Holder::other, registry};
  }
  if (std::ranges::find(free, lowered(object.type)) != free.end()) return Standing{Holder::nobody};
  return std::nullopt;
}

bool all_registrys(const std::vector<std::string>& handles) {
  return std::ranges::all_of(handles, [](const std::string& handle) {
    return is_maintainer(handle) || is_contact(handle);
  });
}

/// Whether only registries have a say in it.
bool kept_by_registry(const NetworkObject& object) {
  return object.maintainers.empty() ? all_registrys(object.registration.entities)
                                    : std::ranges::all_of(object.maintainers, is_maintainer);
}

/// Whether a registry wrote its descriptions and remarks: APNIC and AFRINIC maintain their members'
/// allocations alone, and let members describe them.
bool described_by_registry(const NetworkObject& object) {
  const auto is_ripes = [](const std::string& handle) {
    return lowered(handle).starts_with("ripe-");
  };
  const auto& maintainers = object.maintainers;
  return all_registrys(object.registration.entities) ||
         (!maintainers.empty() && std::ranges::all_of(maintainers, is_ripes));
}

bool disowned(const NetworkObject& object) {
  const auto name = lowered(object.registration.name);
  constexpr std::array<std::string_view, 3> starts{"iana-", "erx-", "stub-"};
  constexpr std::array<std::string_view, 5> texts{"not allocated to ", "not administered by ",
                                                  "not managed by ", "not registered in ",
                                                  "transferred to "};
  return (name.starts_with("non-") && contains(name, "managed")) || contains(name, "-cidr-block") ||
         contains(name, "-net-transferred") ||
         std::ranges::any_of(starts, [&](auto each) { return name.starts_with(each); }) ||
         (described_by_registry(object) && contains_any(object.text, texts));
}

/// `Transferred to the RIPE region`; else the only WHOIS server that is named.
std::optional<Registry> named_in(std::string_view text) {
  constexpr std::array<std::string_view, 1> moved{"transferred to "};
  if (const auto region = after_any(text, moved)) {
    if (const auto registry = registry_in(region->substr(0, region->find('\n')))) return registry;
  }
  const config::Config::Whois well_known;
  std::optional<Registry> only;
  for (const auto registry : registries) {
    if (!contains(text, whois_server(well_known, registry).host)) continue;
    if (only) return std::nullopt;
    only = registry;
  }
  return only;
}

bool is_free(const NetworkObject& object) {
  const auto& entities = object.registration.entities;
  if (lowered(object.registration.name).starts_with("eu-zz-")) return true;
  if (contains(object.text, "free pool") && described_by_registry(object)) return true;
  return contains(object.type, "allocated") && all_registrys(entities) &&
         std::ranges::any_of(entities, is_contact);
}

}  // namespace

std::optional<Registry> registry_in(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  const auto plain = lowered(text);
  std::string_view rest = plain;
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_of(letters), rest.size()));
    if (rest.empty()) return std::nullopt;
    const auto word = rest.substr(0, rest.find_first_not_of(letters));
    if (const auto registry = registry_named(word == "ripe" ? "ripencc" : word)) return registry;
    rest.remove_prefix(word.size());
  }
}

Standing standing_of(const NetworkObject& object) {
  const auto& registration = object.registration;
  if (is_whole_space(registration)) return {Holder::other, named_in(object.text)};
  if (const auto standing = by_type(object)) return *standing;
  const bool various = std::ranges::find(registration.entities, "VR-ARIN") !=
                       registration.entities.end();  // "Various Registries", RDAP without a type
  if (various) return {Holder::nobody};
  if (kept_by_registry(object)) {
    if (disowned(object)) return {Holder::other, named_in(object.text)};
    if (is_free(object)) return {Holder::nobody};
  }
  if (is_iana_block(registration) && has_registrys_name(registration.name)) return {Holder::nobody};
  return {Holder::somebody};
}

}  // namespace badclients::network
