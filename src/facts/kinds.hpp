#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "facts/facts.hpp"
#include "facts/wanted.hpp"

/// The kinds of fact that the network is asked for: what tells one from another, and visitors over
/// all of them. A new kind is added here; what treats all kinds alike then has it.
namespace badclients::facts {

/// The letter is that in the keys of cache.db.
enum class Kind : char {
  reverse_names = 'r',
  origin = 'o',
  registration = 'n',
  dnsbl = 'd',
  as_description = 'a',
};

/// What there is to say of the kind whose values are of type T:
///   kind, name   the name is that in the helper's answers and in shared caches
///   label        for people
///   wanted       the flag of Wanted; zones have none
/// and where an address has several facts of the kind:
///   key          what tells them apart
///   text         where the helper writes the trouble of one that has failed
///   most         so many may be in the helper's answers
template <class T>
struct KindOf;

template <>
struct KindOf<ReverseNames> {
  static constexpr auto kind = Kind::reverse_names;
  static constexpr std::string_view name = "ptr", label = "reverse name";
  static constexpr auto wanted = &Wanted::reverse_names;
};
template <>
struct KindOf<Origin> {
  static constexpr auto kind = Kind::origin;
  static constexpr std::string_view name = "origin", label = "origin AS";
  static constexpr auto wanted = &Wanted::origin;
};
template <>
struct KindOf<AsDescription> {
  static constexpr auto kind = Kind::as_description;
  static constexpr std::string_view name = "as", label = "AS description";
  static constexpr auto wanted = &Wanted::as_description;
  static constexpr auto key = &AsDescription::asn;
  static constexpr auto text = &AsDescription::text;
  static constexpr std::size_t most = most_described_asns;
};
template <>
struct KindOf<Registration> {
  static constexpr auto kind = Kind::registration;
  static constexpr std::string_view name = "registration", label = "registration";
  static constexpr auto wanted = &Wanted::registration;
};
template <>
struct KindOf<DnsblListing> {
  static constexpr auto kind = Kind::dnsbl;
  static constexpr std::string_view name = "dnsbl";
  static constexpr auto key = &DnsblListing::zone;
  static constexpr auto text = &DnsblListing::reason;
  static constexpr std::size_t most = 256;
};

/// An address has several facts of this kind.
template <class T>
concept OneOfMany = requires {
  KindOf<T>::key;
};

/// "reverse name"; "description of AS64500"; of a DNSBL its zone.
inline std::string label(const AsDescription& description) {
  return "description of AS" + std::to_string(description.asn);
}
inline std::string label(const DnsblListing& listing) {
  return listing.zone;
}
template <class T>
std::string label(const T&) {
  return std::string(KindOf<T>::label);
}

inline bool wants(const Wanted& wanted, const DnsblListing& listing) {
  return wanted.has_zone(listing.zone);
}
template <class T>
bool wants(const Wanted& wanted, const T&) {
  return wanted.*KindOf<T>::wanted;
}

/// Adds what `value` is a fact of.
inline void want(Wanted& wanted, const DnsblListing& listing) {
  if (!wanted.has_zone(listing.zone)) wanted.dnsbl_zones.push_back(listing.zone);
}
template <class T>
void want(Wanted& wanted, const T&) {
  wanted.*KindOf<T>::wanted = true;
}

/// Calls `use` once a kind with that member of each of `facts`: Fact<T> or std::vector<Fact<T>>.
template <class Use, class... Some>
void each_kind(Use use, Some&... facts) {
  use(facts.reverse_names...);
  use(facts.origin...);
  use(facts.as_descriptions...);
  use(facts.registration...);
  use(facts.dnsbl...);
}

/// Calls `use` with each of the address' own facts.
template <class Some, class Use>
void each(Some& facts, Use use) {
  use(facts.reverse_names);
  use(facts.origin);
  for (auto& description : facts.as_descriptions) use(description);
  use(facts.registration);
  for (auto& listing : facts.dnsbl) use(listing);
}

/// What there is to say of the kind that a member of Facts is of.
template <class T>
KindOf<T> kind_of(const Fact<T>&) {
  return {};
}
template <class T>
KindOf<T> kind_of(const std::vector<Fact<T>>&) {
  return {};
}

/// Null: a fact of this kind is never provisional.
template <class T>
Fact<T>* provisional_of(Facts& facts) {
  if constexpr (std::same_as<T, Origin>) return &facts.provisional.origin;
  if constexpr (std::same_as<T, Registration>) return &facts.provisional.registration;
  return nullptr;
}

template <class Which>
bool any_of(const Facts& facts, Which which) {
  bool any = false;
  each(facts, [&](const auto& fact) { any = any || which(fact); });
  return any;
}

/// Those facts of which `which` is true, the provisional ones too, become not_asked.
template <class Which>
void forget_if(Facts& facts, Which which) {
  const auto forget = [&](auto&... one) { ((which(one) ? void(one = {}) : void()), ...); };
  forget(facts.reverse_names, facts.origin, facts.registration, facts.provisional.origin,
         facts.provisional.registration);
  std::erase_if(facts.as_descriptions, which);
  std::erase_if(facts.dnsbl, which);
}

/// The fact of a list that has this key; null where there is none.
template <OneOfMany T, class Key>
const Fact<T>* find(const std::vector<Fact<T>>& list, const Key& key) {
  const auto same = [&](const auto& fact) { return fact.value.*KindOf<T>::key == key; };
  const auto found = std::find_if(list.begin(), list.end(), same);
  return found == list.end() ? nullptr : &*found;
}
/// It is made where there is none.
template <OneOfMany T, class Key>
Fact<T>& entry(std::vector<Fact<T>>& list, const Key& key) {
  if (const auto* found = find(list, key))
    return list[static_cast<std::size_t>(found - list.data())];
  list.emplace_back().value.*KindOf<T>::key = key;
  return list.back();
}

/// Calls `use` with each wanted fact, as far as the origin tells which they are. One of many is
/// made where it is not there.
template <class Use>
void each_wanted(const Wanted& wanted, Facts& facts, const Origin* origin, Use use) {
  if (wanted.reverse_names) use(facts.reverse_names);
  if (wanted.origin) use(facts.origin);
  if (wanted.as_description && origin != nullptr) {
    for (const auto asn : described_asns(*origin)) use(entry(facts.as_descriptions, asn));
  }
  if (wanted.registration) use(facts.registration);
  for (const auto& zone : wanted.dnsbl_zones) use(entry(facts.dnsbl, zone));
}

/// An answer takes the place of what was known; a failure never takes that of an answer.
template <class T>
void adopt(Fact<T>& answer, Fact<T>& into) {
  if (answer.known() || (answer.failed() && !into.known())) into = std::move(answer);
}
template <OneOfMany T>
void adopt(std::vector<Fact<T>>& answers, std::vector<Fact<T>>& into) {
  for (auto& answer : answers) adopt(answer, entry(into, answer.value.*KindOf<T>::key));
}
/// The same for all of them. A provisional answer gives way to the address' own.
void adopt(Facts answers, Facts& into);

}  // namespace badclients::facts
