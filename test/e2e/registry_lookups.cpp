// registry_lookups STATE_PATH < ADDRESSES: what registry data has of each address, a line each, by
// the code that a login uses: ADDRESS, then origin, AS descriptions (each with a `&` behind it) and
// registration as facts/serialise.hpp writes them, parted by `|`; empty where it has none. However
// old it is.

#include <iostream>
#include <string>

#include "facts/serialise.hpp"
#include "registry/local_facts.hpp"

using namespace badclients;

namespace {

template <class T>
std::string line(const facts::Fact<T>& fact) {
  return fact.known() ? facts::encode(fact.value) : std::string();
}

int fail(const std::string& why) {
  std::cerr << "registry_lookups: " << why << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("usage: registry_lookups STATE_PATH < ADDRESSES");
  std::ios::sync_with_stdio(false);
  registry::LocalData data;
  const auto store = data.current(argv[1]);
  if (!store) return fail(store.error());
  if (*store == nullptr) return fail("no registry.db");
  facts::Wanted wanted;
  wanted.origin = wanted.as_description = wanted.registration = true;
  const registry::Age any{facts::Time{}, std::chrono::seconds{0}};
  for (std::string text; std::getline(std::cin, text);) {
    const auto address = net::Address::parse(text);
    if (!address) return fail(address.error());
    facts::Facts facts;
    const auto filled = registry::fill(**store, *address, wanted, any, facts);
    if (!filled) return fail(filled.error());
    std::cout << text << '|' << line(facts.origin) << '|';
    for (const auto& description : facts.as_descriptions) std::cout << line(description) << '&';
    std::cout << '|' << line(facts.registration) << '\n';
  }
  return 0;
}
