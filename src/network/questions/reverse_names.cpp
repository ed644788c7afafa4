#include "network/questions/reverse_names.hpp"

#include <algorithm>
#include <thread>

#include "facts/serialise.hpp"
#include "network/transport/threads.hpp"

namespace badclients::network {

namespace {

constexpr auto source = "dns";
constexpr std::size_t most_confirmed = 8;

std::vector<Name> names_in(const Answer& answer) {
  std::vector<Name> names;
  for (const auto& wire : answer.records) {
    auto name = Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
    // The root is what some write to say "no name".
    if (!name || name->is_root() || std::ranges::find(names, *name) != names.end()) continue;
    names.push_back(std::move(*name));
    if (names.size() == facts::most_members) break;
  }
  return names;
}

struct Confirmation {
  facts::Confirmed confirmed = facts::Confirmed::not_asked;
  std::optional<std::chrono::seconds> ttl;
};

Confirmation confirm_one(const QueryContext& context, const Name& name,
                         const net::Address& address) {
  const auto type = address.is_v4() ? Type::a : Type::aaaa;
  const auto answer = context.resolver.ask(name, type, context.deadline);
  if (!answer) return {};
  const auto bytes = address.bytes();
  const bool found = std::ranges::find(answer->records, std::string(bytes.begin(), bytes.end())) !=
                     answer->records.end();
  return {found ? facts::Confirmed::yes : facts::Confirmed::no, answer->ttl};
}

/// For each of the first names, in their order.
std::vector<Confirmation> confirm_all(const QueryContext& context, const std::vector<Name>& names,
                                      const net::Address& address) {
  std::vector<Confirmation> confirmations(std::min(names.size(), most_confirmed));
  Threads threads;
  for (std::size_t i = 0; i < confirmations.size(); ++i) {
    threads.start([&, i] { confirmations[i] = confirm_one(context, names[i], address); });
  }
  threads.join();
  return confirmations;
}

}  // namespace

Outcome<facts::ReverseNames> ask_reverse_names(const QueryContext& context,
                                               const net::Address& address, bool confirm) {
  const auto name = Name::reversed(address, address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
  if (!name) return tl::unexpected(QueryFailure{source, name.error()});
  const auto answer = context.resolver.ask(*name, Type::ptr, context.deadline);
  if (!answer) return tl::unexpected(QueryFailure{source, answer.error()});

  Learnt<facts::ReverseNames> learnt;
  learnt.source = source;
  learnt.ttl = answer->ttl.value_or(context.config.cache.negative_ttl);
  const auto names = names_in(*answer);
  for (const auto& each : names) learnt.value.push_back({each.str(), facts::Confirmed::not_asked});
  if (!confirm) return learnt;

  const auto confirmations = confirm_all(context, names, address);
  for (std::size_t i = 0; i < confirmations.size(); ++i) {
    learnt.value[i].confirmed = confirmations[i].confirmed;
    if (confirmations[i].ttl) learnt.ttl = std::min(learnt.ttl, *confirmations[i].ttl);
  }
  return learnt;
}

}  // namespace badclients::network
