#include "lookup/questions/dnsbl.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "facts/escape.hpp"
#include "facts/serialise.hpp"
#include "lookup/transport/text.hpp"

namespace badclients::lookup {

namespace {

constexpr std::size_t longest_quote = 120;

/// 127.0.0.0/8
bool is_list_answer(const net::Address& address) {
  return address.is_v4() && address.bytes()[0] == 127;
}

/// 127.255.255.0/24
bool is_error_code(const net::Address& address) {
  const auto bytes = address.bytes();
  return is_list_answer(address) && bytes[1] == 255 && bytes[2] == 255;
}

struct Reason {
  std::string text;
  std::optional<std::chrono::seconds> ttl;
};

/// Empty where there is none or it cannot be had: the listing counts without it.
Reason reason_of(const Asking& asking, const Name& name) {
  const auto answer = asking.resolver.ask(name, Type::txt, asking.deadline);
  if (!answer || answer->records.empty()) return {};
  return {to_utf8(answer->records.front()).substr(0, facts::longest_field), answer->ttl};
}

}  // namespace

Outcome<facts::DnsblListing> ask_dnsbl(const Asking& asking, const net::Address& address,
                                       const std::string& zone) {
  const auto fail = [&](std::string text) {
    return tl::unexpected(Trouble{zone, std::move(text)});
  };
  const auto name = Name::reversed(address, zone);
  if (!name) return fail(name.error());
  const auto answer = asking.resolver.ask(*name, Type::a, asking.deadline);
  if (!answer) return fail(answer.error());

  Learnt<facts::DnsblListing> learnt{{zone, {}, {}}, {}, zone};
  learnt.ttl = answer->ttl.value_or(asking.config.cache.negative_ttl);
  if (answer->records.empty()) return learnt;  // not listed

  auto& [_, answers, reason] = learnt.value;
  answers = addresses_in(*answer);
  if (answers.size() > facts::most_members) answers.resize(facts::most_members);
  const auto stray = std::ranges::find_if_not(answers, is_list_answer);
  if (stray != answers.end()) {
    return fail(fmt::format("{}: answers {}, which no DNSBL does", zone, stray->str()));
  }
  const auto why = reason_of(asking, *name);
  const auto code = std::ranges::find_if(answers, is_error_code);
  if (code != answers.end()) {
    return fail(fmt::format("{}: error code {}: '{}'", zone, code->str(),
                            facts::printable(why.text, longest_quote)));
  }
  reason = why.text;
  if (why.ttl) learnt.ttl = std::min(learnt.ttl, *why.ttl);
  return learnt;
}

}  // namespace badclients::lookup
