#include "verdict/subject.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "facts/handle.hpp"
#include "facts/kinds.hpp"
#include "lists/coords.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/text.hpp"

namespace badclients::verdict {

using facts::Knowledge;
using lists::Action;
using lists::Field;

namespace {

Truth absent(Knowledge knowledge) {
  switch (knowledge) {
    case Knowledge::known:
      return Truth::no;
    case Knowledge::failed:
      return Truth::failed;
    case Knowledge::not_asked:
      break;
  }
  return Truth::not_asked;
}

/// The AS comes from two sources. MaxMind's is a second opinion, which may be missing.
Knowledge asn_knowledge(const facts::Facts& facts) {
  if (facts.origin.failed()) return Knowledge::failed;
  return facts.origin.known() ? Knowledge::known : facts.geo_asn.knowledge;
}

Knowledge knowledge_of_descriptions(const facts::Origin& origin, const facts::Facts& facts) {
  auto knowledge = Knowledge::known;
  for (const auto asn : facts::described_asns(origin)) {
    const auto* description = facts::description_of(facts, asn);
    const auto own = description == nullptr ? Knowledge::not_asked : description->knowledge;
    if (own == Knowledge::failed) return own;
    if (own == Knowledge::not_asked) knowledge = own;
  }
  return knowledge;
}

/// Who announces the address has to be known before their descriptions can be asked for.
Knowledge description_knowledge(const facts::Facts& facts) {
  return facts.origin.known() ? knowledge_of_descriptions(facts.origin.value, facts)
                              : facts.origin.knowledge;
}

/// An entry speaks of the absence of reverse names only when it spells `<>`, in whatever form of
/// pattern or literal; `.*` speaks of names.
bool means_absence(std::string_view entry) {
  return entry.find('<') != std::string_view::npos && entry.find('>') != std::string_view::npos;
}

/// The values of a field that GeoIP databases fill.
template <class Add>
void add_geo(Field field, const facts::Facts& facts, const Add& add) {
  const auto* const city = facts.geo_city.get();
  const auto* const asn = facts.geo_asn.get();
  const auto* const country = city != nullptr ? city->country_or_registered() : nullptr;
  const auto add_place = [&](const facts::Place& place, const char* matched) {
    if (place.geoname_id != 0) add(std::to_string(place.geoname_id), matched);
  };
  switch (field) {
    case Field::maxmind_geo_loc:
      if (city == nullptr) break;
      if (city->city) add_place(*city->city, "maxmind:geoloc_city");
      for (const auto& part : city->subdivisions) add_place(part, "maxmind:geoloc_subdiv");
      if (country != nullptr) add_place(*country, "maxmind:geoloc_country");
      break;
    case Field::maxmind_geo_cc:
      if (country != nullptr) add(lists::uppered(country->code), "maxmind:geo_cc");
      break;
    case Field::maxmind_anonymous:
      if (!facts.geo_anonymous.known()) break;
      for (const auto& flag : facts.geo_anonymous.value) add(flag, "maxmind:anonymous:" + flag);
      break;
    case Field::maxmind_as_org:
      if (asn != nullptr) add(asn->organization, "maxmind:as_org");
      break;
    default:
      break;
  }
}

}  // namespace

std::vector<std::string_view> views(const std::vector<Value>& values) {
  std::vector<std::string_view> result;
  for (const auto& value : values) result.emplace_back(value.text);
  return result;
}

Subject::Subject(const facts::Login& login, const facts::Facts& facts,
                 lists::PatternMatcher& matcher)
    : login_(login), facts_(facts), matcher_(matcher) {
  if (!login.address) return;
  addresses_.push_back(login.address->carried());
  if (addresses_.front() != *login.address) addresses_.push_back(*login.address);
}

Truth Subject::unmatched(Field field) const {
  switch (field) {
    case Field::ip_net:
      return addresses_.empty() ? Truth::not_asked : Truth::no;
    case Field::rev_host:
      return absent(facts_.reverse_names.knowledge);
    case Field::asn:
      return absent(asn_knowledge(facts_));
    case Field::as_cc:
      return absent(facts_.origin.knowledge);
    case Field::as_dscr:
      return absent(description_knowledge(facts_));
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      return absent(facts::exact_registration(facts_).knowledge);
    case Field::client_id:
      return login_.client_id.empty() ? Truth::not_asked : Truth::no;
    case Field::maxmind_as_org:
      return absent(facts_.geo_asn.knowledge);
    case Field::maxmind_geo_loc:
    case Field::maxmind_geo_cc:
    case Field::maxmind_coords:
      return absent(facts_.geo_city.knowledge);
    case Field::maxmind_anonymous:
      return absent(facts_.geo_anonymous.knowledge);
    case Field::service:
      return login_.service.empty() ? Truth::not_asked : Truth::no;
    case Field::dnsbl:
    case Field::user:
    case Field::user_name:
    case Field::master:
      break;
  }
  return Truth::no;
}

Truth Subject::unmatched_person() const {
  const auto& own = facts_.registration;
  if (facts::is_from_ripes_data(own)) return Truth::failed;  // nobody else is asked
  return absent(own.knowledge);
}

bool Subject::is_provisional(Field field) const {
  const auto& [origin, registration] = facts_.provisional;
  switch (field) {
    case Field::asn:
    case Field::as_cc:
      return !facts_.origin.known() && origin.known();
    case Field::as_dscr:
      return !facts_.origin.known() && origin.known() &&
             knowledge_of_descriptions(origin.value, facts_) == Knowledge::known;
    case Field::net_cc:
    case Field::net_name:
    case Field::entity:
      return !facts::exact_registration(facts_).known() && registration.known();
    default:
      return false;
  }
}

const std::vector<Value>& Subject::values(Field field, Action action) const {
  // For the others it is the same.
  const bool differs = field == Field::rev_host || field == Field::as_dscr;
  const auto use = differs ? action : Action::deny;
  auto& values = values_[static_cast<std::size_t>(use)][static_cast<std::size_t>(field)];
  if (!values) values = gather(field, use);
  return *values;
}

std::vector<Value> Subject::gather(Field field, Action action) const {
  if (field == Field::rev_host) return reverse_names(action);
  if (field == Field::as_dscr) return descriptions(action);
  std::vector<Value> values;
  values.reserve(8);  // entities, in two spellings
  bool provisional = is_provisional(field);
  const auto add = [&](std::string text, std::string matched, std::uint32_t asn = 0) {
    if (!text.empty()) values.push_back({std::move(text), {std::move(matched), asn}, provisional});
  };
  const auto* const origin = facts::likely_origin(facts_);
  const auto* const registration = facts::likely_registration(facts_);
  const auto* const geo_asn = facts_.geo_asn.get();
  switch (field) {
    case Field::asn:
      if (origin != nullptr) {
        for (const auto asn : origin->asns) add("AS" + std::to_string(asn), "asn", asn);
      }
      provisional = false;
      if (geo_asn != nullptr && geo_asn->asn != 0) {
        add("AS" + std::to_string(geo_asn->asn), "asn", geo_asn->asn);
      }
      break;
    case Field::as_cc:
      if (origin != nullptr) add(lists::uppered(origin->country), "as_cc");
      break;
    case Field::net_cc:
      if (registration != nullptr) add(lists::uppered(registration->country), "net_cc");
      break;
    case Field::net_name:
      if (registration != nullptr) add(registration->name, "net_name");
      break;
    case Field::entity:
      if (registration == nullptr) break;
      for (const auto& handle : registration->entities) {
        add(lists::lowered(handle), "entity:" + handle);
        if (const auto other = facts::other_spelling(handle)) {
          add(lists::lowered(*other), "entity:" + handle);
        }
      }
      break;
    case Field::service:
      add(lists::lowered(login_.service), "service");
      break;
    case Field::client_id:
      add(login_.client_id, "client_id");
      break;
    case Field::user:
      add(login_.user, "user");
      break;
    case Field::user_name:
      add(lists::lowered(login_.user), "user");
      break;
    case Field::master:
      add(login_.master, "master");
      break;
    default:
      add_geo(field, facts_, add);
  }
  return values;
}

std::vector<Value> Subject::reverse_names(Action action) const {
  const auto* names = facts_.reverse_names.get();
  if (names == nullptr) return {};
  const bool proof = action == Action::allow;
  std::vector<Value> texts;
  if (names->empty() && !proof) texts.push_back({"<>", {"rev_host"}});
  for (const auto& name : *names) {
    if (proof && name.confirmed != facts::Confirmed::yes) continue;
    if (name.name.empty()) continue;
    texts.push_back({name.name, {"rev_host"}});
    auto lower = lists::lowered(name.name);
    if (lower != name.name) texts.push_back({std::move(lower), {"rev_host"}});
  }
  return texts;
}

std::vector<Value> Subject::descriptions(Action action) const {
  std::vector<Value> texts;
  for (const auto& fact : facts_.as_descriptions) {
    if (!fact.known() || fact.value.text.empty()) continue;
    const auto& text = fact.value.text;
    const Reason reason{"as_dscr", fact.value.asn};
    const bool provisional = !facts_.origin.known() && facts_.provisional.origin.known();
    texts.push_back({text, reason, provisional});
    if (action != Action::deny) continue;
    if (auto shorter = facts::without_full_name(text)) {
      texts.push_back({*std::move(shorter), reason, provisional});
    }
  }
  return texts;
}

Finding Subject::compare(Field field, std::string_view entry, Action action) const {
  if (field == Field::dnsbl) return listing(entry);
  if (field != Field::maxmind_coords) return match(field, entry, action);
  return nearby(entry) ? Finding{Truth::yes, {"maxmind:geoloc"}} : Finding{unmatched(field), {}};
}

Finding Subject::match(Field field, std::string_view entry, Action action) const {
  const auto* names = facts_.reverse_names.get();
  const bool nameless = field == Field::rev_host && names != nullptr && names->empty();
  if (nameless && !means_absence(entry)) return {unmatched(field), {}};
  std::optional<Finding> given_up;
  // All texts of a field are provisional, or none.
  for (const auto& value : values(field, action)) {
    switch (matcher_.match(field, entry, value.text)) {
      case lists::PatternMatcher::Outcome::yes:
        return {Truth::yes, value.reason, value.provisional};
      case lists::PatternMatcher::Outcome::given_up:
        given_up = {Truth::failed, {}, value.provisional};
        break;
      case lists::PatternMatcher::Outcome::no:
        break;
    }
  }
  return given_up ? *given_up : Finding{unmatched(field), {}};
}

Finding Subject::listing(std::string_view entry) const {
  const auto wanted = lists::DnsblEntry::parse(entry);
  if (!wanted) return {};
  const auto* listing = facts::find(facts_.dnsbl, wanted->zone());
  if (listing == nullptr) return {Truth::not_asked, {}};
  if (!listing->known()) return {absent(listing->knowledge), {}};
  const auto& answers = listing->value.answers;
  if (std::none_of(answers.begin(), answers.end(),
                   [&](const auto& answer) { return wanted->matches(answer); })) {
    return {};
  }
  return {Truth::yes, {"dnsbl:" + wanted->zone()}};
}

bool Subject::nearby(std::string_view entry) const {
  const auto* geo = facts_.geo_city.get();
  if (geo == nullptr || !geo->location) return false;
  const auto coords = lists::Coords::parse(entry);
  return coords && coords->matches(*geo->location);
}

}  // namespace badclients::verdict
