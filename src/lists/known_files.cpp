#include "lists/known_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "config/nearest.hpp"
#include "lists/file.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using Severity = config::Problem::Severity;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// Lists, and the folders with more files of them, relative to list_path.
std::vector<std::string> known_paths() {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < field_count; ++i) {
    for (const auto action : {Action::deny, Action::allow}) {
      const auto field = static_cast<Field>(i);
      if (!has_list(field, action)) continue;
      paths.push_back(list_stem(field, action) + ".lst");
      paths.push_back(list_stem(field, action) + ".d");
    }
  }
  return paths;
}

bool looks_like_a_list(std::string_view name) {
  return name.find(".deny") != std::string_view::npos ||
         name.find(".allow") != std::string_view::npos || name.ends_with(".lst") ||
         name.ends_with(".list");
}

/// Other words for what a list compares.
struct Synonym {
  std::string_view words;  ///< with a blank before and behind each
  std::string_view lists;
};
constexpr std::array<Synonym, 10> synonyms{{
    {" country countries cc geo geoip ", "as_cc, net_cc or maxmind/geo_cc"},
    {" ip ips net nets network networks cidr address addresses ipv4 ipv6 ", "ip_net"},
    {" host hosts hostname hostnames ptr rdns reverse reverse_name rev_dns ", "rev_host"},
    {" as ases asns as_num asn_num as_number ", "asn"},
    {" as_desc as_descr as_name as_description ", "as_dscr"},
    {" org organisation organization entities handle handles maintainer ", "entity"},
    {" rbl dnsrbl dnsbls ", "dnsbl"},
    {" blocklist blacklist whitelist ", "ip_net, rev_host, asn or dnsbl"},
    {" app apps imap_id client id ", "client_id"},
    {" users username account ", "user"},
}};

/// The lists that another word means: "ip_net" for `cidr`; empty: none.
std::string_view lists_meant(std::string_view word) {
  const auto wanted = fmt::format(" {} ", word);
  const auto* const synonym = std::find_if(synonyms.begin(), synonyms.end(), [&](const auto& each) {
    return each.words.find(wanted) != std::string_view::npos;
  });
  return synonym == synonyms.end() ? std::string_view() : synonym->lists;
}

/// Whether a file's name means to let in: it must not be taken for a list that refuses.
bool means_allow(std::string_view name) {
  constexpr std::array words{"allow", "white", "exempt", "accept", "permit", "except", "pass"};
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return name.find(word) != std::string_view::npos; });
}

}  // namespace

bool has_list(Field field, Action action) {
  if (field == Field::service || field == Field::master || field == Field::user_name) return false;
  return field != Field::user || action == Action::allow;
}

std::string hint_at_field(std::string_view word) {
  config::Nearest nearest{word};
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto candidate = name(static_cast<Field>(i));
    if (base_name(candidate) == word) return fmt::format(" (did you mean {}?)", candidate);
    nearest.offer(candidate);
  }
  const auto known_as = lists_meant(word);
  return known_as.empty() ? nearest.hint() : fmt::format(" (did you mean {}?)", known_as);
}

std::string list_stem(Field field, Action action) {
  return fmt::format("{}.{}", name(field), action == Action::deny ? "deny" : "allow");
}

std::string hint_at_list(std::string_view path, std::string_view ending) {
  const auto base = lowered(base_name(path));
  const auto stem = base.substr(0, base.find_first_of(".-"));
  const bool allow = means_allow(base);
  if (const auto meant = lists_meant(stem); !meant.empty()) {
    const bool one = meant.find(' ') == std::string_view::npos;
    const auto* const kind = !one ? "" : allow ? ".allow" : ".deny";
    return fmt::format(" (did you mean {}{}{}?)", meant, kind, one ? ending : "");
  }
  auto known = known_paths();
  std::erase_if(known, [&](const std::string& each) {
    return !each.ends_with(ending) || (each.find(".allow") != std::string::npos) != allow;
  });
  const auto stem_of = [](std::string_view candidate) {
    const auto name = base_name(candidate);
    return name.substr(0, name.find('.'));
  };
  config::Nearest nearest{stem};
  for (const auto& candidate : known) nearest.offer(stem_of(candidate));
  // Perhaps the field is right, and the folder, the case or the ending is wrong.
  for (const auto& candidate : known) {
    if (stem_of(candidate) != stem && stem_of(candidate) != nearest.name()) continue;
    return fmt::format(" (did you mean {}?)", candidate);
  }
  return {};
}

bool is_list_name(std::string_view path) {
  const auto known = known_paths();
  return std::find(known.begin(), known.end(), path) != known.end();
}

std::optional<Advice> advice_about(const std::string& path) {
  const auto base = base_name(path);
  if (is_set_aside(base)) return std::nullopt;
  if (path == "user.deny.lst" || path == "user.deny.d") {
    return Advice{Severity::error,
                  "user lists can only allow (user.allow.lst); to refuse a user, write a rule with "
                  "user=NAME in a client file"};
  }
  if (path.starts_with("service.deny.") || path.starts_with("service.allow.")) {
    return Advice{Severity::warning,
                  "is not read: services are refused by disabled_services in the configuration"};
  }
  if (base.ends_with(".client")) {
    return Advice{Severity::warning, "is not read: client files belong in the folder clients"};
  }
  if (!looks_like_a_list(base)) return std::nullopt;
  if (is_list_name(path)) return std::nullopt;
  return Advice{Severity::warning,
                fmt::format("is not read: there is no list of this name{}",
                            hint_at_list(path, path.ends_with(".d") ? ".d" : ".lst"))};
}

}  // namespace badclients::lists
