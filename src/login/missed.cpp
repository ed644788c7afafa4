#include "login/missed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <concepts>

#include "facts/kinds.hpp"

namespace badclients::login {

namespace {

/// As label(), but one name for the descriptions of all ASes.
template <class T>
std::string summed_as(const T& value) {
  if constexpr (std::same_as<T, facts::AsDescription>) {
    return std::string(facts::KindOf<T>::label);
  } else {
    return facts::label(value);
  }
}

std::string listed(const std::map<std::string, std::uint64_t>& sums, std::uint64_t all) {
  std::string text;
  for (const auto& [name, count] : sums) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    if (count != all) text += fmt::format(" ({})", count);
  }
  return text;
}

/// What happens to logins for which a list was not compared.
std::string consequence(const config::Config& config) {
  if (config.general.mode == config::Mode::monitor) return "monitor mode refuses nobody";
  switch (config.general.on_error) {
    case config::OnError::allow:
      return "on_error = allow let in those that nothing else refused";
    case config::OnError::deny:
      return "on_error = deny refused those that nothing else decided";
    case config::OnError::tempfail:
      break;
  }
  return "on_error = tempfail left to Dovecot those that nothing else decided";
}

/// Which command says more. `cache servers` has used-up budgets, closed servers and silent sources,
/// and nothing where the network itself is the reason.
const char* hint(const facts::Facts& facts) {
  const bool waits = facts::any_of(facts, [](const auto& fact) {
    return fact.failed() &&
           (fact.cause == facts::Cause::budget || fact.cause == facts::Cause::silence);
  });
  return waits ? "badclientsctl cache servers shows what waits"
               : "badclientsctl doctor says what is wrong";
}

}  // namespace

budget::Missed missed(const facts::Facts& facts, std::vector<std::string> not_compared) {
  budget::Missed all;
  facts::each(facts, [&](const auto& fact) {
    if (!fact.failed()) return;
    auto name = summed_as(fact.value);
    if (std::find(all.facts.begin(), all.facts.end(), name) == all.facts.end()) {
      all.facts.push_back(std::move(name));
    }
  });
  all.lists = std::move(not_compared);
  return all;
}

bool any_failed(const facts::Facts& facts, bool now) {
  return facts::any_of(facts, [now](const auto& fact) {
    return fact.failed() && (!now || fact.from != facts::Provenance::cache);
  });
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
  text += fmt::format("{}", fmt::join(facts::failures(facts), "; "));
  if (!sums.lists.empty()) {
    text +=
        fmt::format("; not compared: {}; {}", listed(sums.lists, sums.logins), consequence(config));
  }
  return fmt::format("{}; {}", text, hint(facts));
}

}  // namespace badclients::login
