#include "login/missed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace badclients::login {

namespace {

/// Calls `use(name, fact)` for each fact of the network's that has failed.
template <class Use>
void each_failure(const facts::Facts& facts, Use use) {
  const auto look = [&](const std::string& name, const auto& fact) {
    if (fact.failed()) use(name, fact);
  };
  look("reverse name", facts.reverse_names);
  look("origin AS", facts.origin);
  for (const auto& description : facts.as_descriptions) look("AS description", description);
  look("registration", facts.registration);
  for (const auto& listing : facts.dnsbl) look(listing.value.zone, listing);
}

std::string listed(const std::map<std::string, std::uint64_t>& sums, std::uint64_t all) {
  std::string text;
  for (const auto& [name, count] : sums) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    if (count != all) text += fmt::format(" ({})", count);
  }
  return text;
}

/// What becomes of logins that a list was not compared for.
std::string consequence(const config::Config& config) {
  if (config.general.mode == config::Mode::monitor) return "monitor mode refuses nobody";
  switch (config.general.on_error) {
    case config::OnError::allow:
      return "whom nothing else refused on_error = allow let in";
    case config::OnError::deny:
      return "whom nothing else decided about on_error = deny refused";
    case config::OnError::tempfail:
      break;
  }
  return "nothing else deciding, on_error = tempfail left them to Dovecot's result_internalfail";
}

/// "registration, origin AS unknown: REASON; reverse name unknown: REASON"
std::string reasons(const facts::Facts& facts) {
  std::vector<std::pair<std::string, std::string>> by_reason;
  each_failure(facts, [&](const std::string& name, const auto& fact) {
    const auto same = [&](const auto& one) { return one.first == fact.trouble; };
    const auto found = std::find_if(by_reason.begin(), by_reason.end(), same);
    if (found == by_reason.end()) {
      by_reason.emplace_back(fact.trouble, name);
    } else if (found->second.find(name) == std::string::npos) {
      found->second += ", " + name;
    }
  });
  std::string text;
  for (const auto& [reason, names] : by_reason) {
    text += fmt::format("{}{} unknown: {}", text.empty() ? "" : "; ", names, reason);
  }
  return text;
}

}  // namespace

budget::Missed missed(const facts::Facts& facts, std::vector<std::string> not_compared) {
  budget::Missed all;
  each_failure(facts, [&](const std::string& name, const auto&) {
    if (std::find(all.facts.begin(), all.facts.end(), name) == all.facts.end()) {
      all.facts.push_back(name);
    }
  });
  all.lists = std::move(not_compared);
  return all;
}

bool any_failed(const facts::Facts& facts, bool now) {
  bool any = false;
  each_failure(facts, [&](const std::string&, const auto& fact) {
    any |= !now || fact.from != facts::Provenance::cache;
  });
  return any;
}

std::string warning_of(const budget::MissedSums& sums, facts::Time now,
                       const config::Config& config, const net::Address& address,
                       const facts::Facts& facts) {
  const bool one = sums.logins == 1;
  std::string text = one ? fmt::format("{}: ", address.str()) : "";
  if (!one) {
    const auto length = std::chrono::ceil<std::chrono::seconds>(now - sums.since);
    text = fmt::format("{} logins in {} s were decided without {}; the last, {}: ", sums.logins,
                       std::max<std::int64_t>(length.count(), 1), listed(sums.facts, sums.logins),
                       address.str());
  }
  text += reasons(facts);
  if (!sums.lists.empty()) {
    text +=
        fmt::format("; not compared: {}; {}", listed(sums.lists, sums.logins), consequence(config));
  }
  return text + "; badclientsctl cache servers shows what waits";
}

}  // namespace badclients::login
