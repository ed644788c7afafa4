#include "ask/request.hpp"

#include <utility>

#include "cache/placement.hpp"

namespace badclients::ask {

using facts::Facts;
using facts::Wanted;

Request request_for(const net::Address& address, const Wanted& wanted, const Facts& known,
                    const Gathering& how, const cache::Blocks& blocks) {
  Request request;
  request.address = address;
  request.wanted = wanted;
  request.deadline = how.deadline;
  const auto* origin = facts::likely_origin(known);
  if (origin != nullptr && !wanted.origin) request.origin = *origin;
  request.own.origin = how.by_rules.origin;
  request.own.registration = how.by_rules.registration;
  request.purpose.proven = how.proven;
  request.purpose.about = net::Network(address, blocks.around(address)).str();
  return request;
}

void look_around(Memory& memory, const Facts& known, bool refresh, const cache::Blocks& blocks,
                 Request& request, Facts& answered) {
  if (!request.wanted.origin && !request.wanted.registration) return;
  Facts around;
  around.origin = known.origin;
  around.registration = known.registration;
  around.provisional = known.provisional;
  Wanted wanted;
  wanted.origin = wanted.registration = true;
  memory.fill_allocation(wanted, around);
  const auto add = [&](const auto& fact) {
    if (!fact.known()) return;
    const auto networks = cache::allocations(request.address, cache::range_of(fact.value), blocks);
    if (!networks.empty()) budget::add_allocation(request.purpose, networks.front());
  };
  add(around.origin);
  add(around.provisional.origin);
  add(around.registration);
  add(known.without_persons);
  add(around.provisional.registration);
  if (!request.wanted.as_description || refresh) return;
  wanted = {};
  wanted.as_description = true;
  memory.fill(wanted, around);
  for (auto& description : around.as_descriptions) {
    if (!description.known() || description.from != facts::Provenance::cache) continue;
    request.described.push_back(description.value.asn);
    answered.as_descriptions.push_back(std::move(description));
  }
}

}  // namespace badclients::ask
