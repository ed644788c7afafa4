#include "verdict/subject.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "facts/handle.hpp"
#include "lists/coords.hpp"
#include "lists/dnsbl_filter.hpp"
#include "lists/text.hpp"

namespace badclients::verdict {

using facts::Knowledge;
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

void add_country(std::vector<Value>& values, std::string_view code, const char* matched,
                 bool provisional = false) {
  if (!code.empty()) values.push_back({lists::uppered(code), {matched}, provisional});
}

void add_asns(std::vector<Value>& values, const facts::Facts& facts) {
  const auto add = [&](std::uint32_t asn, bool provisional) {
    values.push_back({fmt::format("AS{}", asn), {"asn", asn}, provisional});
  };
  if (const auto* origin = facts::likely_origin(facts)) {
    for (const auto asn : origin->asns) add(asn, !facts.origin.known());
  }
  if (const auto* geo = facts.geo_asn.get(); geo != nullptr && geo->asn != 0) add(geo->asn, false);
}

void add_entities(std::vector<Value>& values, const facts::Registration& registration,
                  bool provisional) {
  for (const auto& handle : registration.entities) {
    values.push_back({lists::lowered(handle), {"entity:" + handle}, provisional});
    if (const auto other = facts::other_spelling(handle)) {
      values.push_back({lists::lowered(*other), {"entity:" + handle}, provisional});
    }
  }
}

void add_places(std::vector<Value>& values, const facts::GeoCity& geo) {
  const auto add = [&](const facts::Place& place, const char* matched) {
    if (place.geoname_id != 0) values.push_back({fmt::format("{}", place.geoname_id), {matched}});
  };
  if (geo.city) add(*geo.city, "maxmind:geoloc_city");
  for (const auto& subdivision : geo.subdivisions) add(subdivision, "maxmind:geoloc_subdiv");
  if (const auto* country = geo.country_or_registered()) add(*country, "maxmind:geoloc_country");
}

/// An entry speaks of the absence of reverse names only when it spells `<>`, in whatever form of
/// pattern or literal; `.*` speaks of names.
bool means_absence(std::string_view entry) {
  return entry.find('<') != std::string_view::npos && entry.find('>') != std::string_view::npos;
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
      return absent(facts_.registration.knowledge);
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
    case Field::master:
      break;
  }
  return Truth::no;
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
      return !facts_.registration.known() && registration.known();
    default:
      return false;
  }
}

const std::vector<Value>& Subject::values(Field field) const {
  auto& values = values_[static_cast<std::size_t>(field)];
  if (!values) values = gather(field);
  return *values;
}

std::vector<Value> Subject::gather(Field field) const {
  std::vector<Value> values;
  if (field == Field::asn) add_asns(values, facts_);
  if (field == Field::service && !login_.service.empty()) {
    values.push_back({lists::lowered(login_.service), {"service"}});
  }
  if (const auto* origin = facts::likely_origin(facts_);
      origin != nullptr && field == Field::as_cc) {
    add_country(values, origin->country, "as_cc", is_provisional(field));
  }
  if (const auto* registration = facts::likely_registration(facts_)) {
    if (field == Field::net_cc) {
      add_country(values, registration->country, "net_cc", is_provisional(field));
    }
    if (field == Field::entity) add_entities(values, *registration, is_provisional(field));
  }
  if (const auto* geo = facts_.geo_city.get()) {
    if (field == Field::maxmind_geo_loc) add_places(values, *geo);
    const auto* country = geo->country_or_registered();
    if (field == Field::maxmind_geo_cc && country != nullptr) {
      add_country(values, country->code, "maxmind:geo_cc");
    }
  }
  if (const auto* flags = facts_.geo_anonymous.get();
      flags != nullptr && field == Field::maxmind_anonymous) {
    for (const auto& flag : *flags) values.push_back({flag, {"maxmind:anonymous:" + flag}});
  }
  return values;
}

const std::vector<Value>& Subject::texts(Field field, lists::Action action) const {
  auto& texts = texts_[static_cast<std::size_t>(action)][static_cast<std::size_t>(field)];
  if (!texts) texts = gather_texts(field, action);
  return *texts;
}

std::vector<Value> Subject::gather_texts(Field field, lists::Action action) const {
  const auto one = [&](const std::string& text, const char* matched) {
    return text.empty() ? std::vector<Value>()
                        : std::vector<Value>{{text, {matched}, is_provisional(field)}};
  };
  switch (field) {
    case Field::rev_host:
      return reverse_names(action);
    case Field::as_dscr:
      return descriptions(action);
    case Field::net_name:
      if (const auto* registration = facts::likely_registration(facts_)) {
        return one(registration->name, "net_name");
      }
      break;
    case Field::maxmind_as_org:
      if (const auto* geo = facts_.geo_asn.get()) return one(geo->organization, "maxmind:as_org");
      break;
    case Field::client_id:
      return one(login_.client_id, "client_id");
    case Field::user:
      return one(login_.user, "user");
    case Field::master:
      return one(login_.master, "master");
    default:
      break;
  }
  return {};
}

std::vector<Value> Subject::reverse_names(lists::Action action) const {
  const auto* names = facts_.reverse_names.get();
  if (names == nullptr) return {};
  const bool proof = action == lists::Action::allow;
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

std::vector<Value> Subject::descriptions(lists::Action action) const {
  std::vector<Value> texts;
  for (const auto& fact : facts_.as_descriptions) {
    if (!fact.known() || fact.value.text.empty()) continue;
    const auto& text = fact.value.text;
    const Reason reason{"as_dscr", fact.value.asn};
    const bool provisional = !facts_.origin.known() && facts_.provisional.origin.known();
    texts.push_back({text, reason, provisional});
    if (action != lists::Action::deny) continue;
    if (auto shorter = facts::without_full_name(text)) {
      texts.push_back({*std::move(shorter), reason, provisional});
    }
  }
  return texts;
}

Finding Subject::compare(Field field, std::string_view entry, lists::Action action) const {
  if (field == Field::dnsbl) return listing(entry);
  if (field != Field::maxmind_coords) return match(field, entry, action);
  return nearby(entry) ? Finding{Truth::yes, {"maxmind:geoloc"}} : Finding{unmatched(field), {}};
}

Finding Subject::match(Field field, std::string_view entry, lists::Action action) const {
  const auto* names = facts_.reverse_names.get();
  const bool nameless = field == Field::rev_host && names != nullptr && names->empty();
  if (!nameless || means_absence(entry)) {
    // All texts of a field are provisional, or none.
    for (const auto& value : texts(field, action)) {
      if (matcher_.matches(entry, value.text)) return {Truth::yes, value.reason, value.provisional};
    }
  }
  return {unmatched(field), {}};
}

Finding Subject::listing(std::string_view entry) const {
  const auto wanted = lists::DnsblEntry::parse(entry);
  if (!wanted) return {};
  const auto listing = std::find_if(
      facts_.dnsbl.begin(), facts_.dnsbl.end(),
      [&](const auto& fact) { return lists::lowered(fact.value.zone) == wanted->zone(); });
  if (listing == facts_.dnsbl.end()) return {Truth::not_asked, {}};
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
