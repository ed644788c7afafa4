#include "network/questions/dnsbl.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "facts/dnsbl.hpp"
#include "facts/escape.hpp"
#include "facts/serialise.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t longest_quote = 120;

using facts::DnsblAnswer;

auto meaning(DnsblAnswer wanted) {
  return [wanted](const net::Address& answer) { return facts::meaning_of(answer) == wanted; };
}

struct Reason {
  std::string text;
  std::optional<std::chrono::seconds> ttl;
};

/// Empty where there is none or it cannot be had: the listing counts without it.
Reason reason_of(const QueryContext& context, const Name& name) {
  const auto answer = context.resolver.ask(name, Type::txt, context.deadline);
  if (!answer || answer->records.empty()) return {};
  return {to_utf8(answer->records.front()).substr(0, facts::longest_field), answer->ttl};
}

}  // namespace

Outcome<facts::DnsblListing> ask_dnsbl(const QueryContext& context, const net::Address& address,
                                       const std::string& zone) {
  const auto fail = [&](std::string text) {
    return tl::unexpected(QueryFailure{zone, std::move(text)});
  };
  const auto name = Name::reversed(address, zone);
  if (!name) return fail(name.error());
  const auto answer = context.resolver.ask(*name, Type::a, context.deadline);
  if (!answer) return fail(answer.error());

  Learnt<facts::DnsblListing> learnt{{zone, {}, {}}, {}, zone};
  learnt.ttl = answer->ttl.value_or(context.config.cache.negative_ttl);
  if (answer->records.empty()) return learnt;  // not listed

  auto& [_, answers, reason] = learnt.value;
  answers = addresses_in(*answer);
  if (answers.size() > facts::most_members) answers.resize(facts::most_members);
  const auto stray = std::ranges::find_if(answers, meaning(DnsblAnswer::nothing));
  const bool listed = std::ranges::any_of(answers, meaning(DnsblAnswer::listing));
  if (stray != answers.end() && !(listed && stray->bytes()[0] == 127)) {
    return fail(fmt::format("{}: answers {}, which no DNSBL does", zone, stray->str()));
  }
  const auto why = reason_of(context, *name);
  const auto code = std::ranges::find_if(answers, meaning(DnsblAnswer::error));
  if (code != answers.end()) {
    return fail(fmt::format("{}: error code {}: '{}'", zone, code->str(),
                            facts::printable(why.text, longest_quote)));
  }
  std::erase_if(answers, meaning(DnsblAnswer::nothing));
  reason = why.text;
  if (why.ttl) learnt.ttl = std::min(learnt.ttl, *why.ttl);
  return learnt;
}

}  // namespace badclients::network
