#include "ask/failure_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace badclients::ask {

FailureWarnings::FailureWarnings(const facts::Facts& facts, bool only_questions)
    : only_questions_(only_questions) {
  collect("reverse name", facts.reverse_names);
  collect("origin AS", facts.origin);
  for (const auto& description : facts.as_descriptions) {
    collect(fmt::format("description of AS{}", description.value.asn), description);
  }
  collect("registration", facts.registration);
  for (const auto& listing : facts.dnsbl) collect(listing.value.zone, listing);
}

void FailureWarnings::warn(const net::Address& address, std::vector<std::string>& warnings) const {
  for (const auto& [trouble, names] : by_trouble_) {
    const auto& reason = trouble;
    const auto told = [&](const std::string& warning) { return warning.ends_with(reason); };
    if (std::any_of(warnings.begin(), warnings.end(), told)) continue;
    warnings.push_back(
        fmt::format("{}: {} unknown: {}", address.str(), fmt::join(names, ", "), reason));
  }
}

}  // namespace badclients::ask
