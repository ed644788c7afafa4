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
      return "whom nothing else refused on_error = allow let in";
    case config::OnError::deny:
      return "whom nothing else decided about on_error = deny refused";
    case config::OnError::tempfail:
      break;
  }
  return "nothing else deciding, on_error = tempfail left them to Dovecot's result_internalfail";
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
  return text + "; badclientsctl cache servers shows what waits";
}

}  // namespace badclients::login
