#include "admin/fact_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "admin/terminal.hpp"

namespace badclients::admin {

namespace {

using facts::Knowledge;
using facts::Provenance;
using nlohmann::ordered_json;

constexpr const char* none = "none";

const char* or_none(const std::string& text) {
  return text.empty() ? none : text.c_str();
}

const char* state_of(Knowledge knowledge, Provenance from) {
  if (knowledge == Knowledge::not_asked) return "not_asked";
  if (knowledge == Knowledge::failed) return "unknown";
  switch (from) {
    case Provenance::asked:
      return "fresh";
    case Provenance::cache:
      return "cached";
    case Provenance::stale_cache:
      return "stale";
    case Provenance::local:
      break;
  }
  return "local";
}

// ---- the values, a function a fact -------------------------------------------------------------

void describe(const facts::ReverseNames& names, FactView& view) {
  view.json = ordered_json::array();
  for (const auto& name : names) {
    const auto* confirmed = name.confirmed == facts::Confirmed::yes  ? "yes"
                            : name.confirmed == facts::Confirmed::no ? "no"
                                                                     : "not_asked";
    view.json.push_back({{"name", name.name}, {"confirmed", confirmed}});
    auto text = name.name;
    if (name.confirmed == facts::Confirmed::yes) text += " (resolves back)";
    if (name.confirmed == facts::Confirmed::no) text += " (does not resolve back)";
    view.lines.push_back({view.lines.empty() ? view.label : "", text});
  }
  if (names.empty()) view.lines.push_back({view.label, "<> (there is none)"});
}

void describe(const facts::Origin& origin, FactView& view) {
  std::vector<std::string> asns;
  for (const auto asn : origin.asns) asns.push_back(fmt::format("AS{}", asn));
  const auto prefix = origin.prefix ? origin.prefix->str() : std::string{};
  view.json = {{"asns", asns},
               {"prefix", or_null(prefix)},
               {"country", or_null(origin.country)},
               {"registry", or_null(origin.registry)}};
  view.lines = {
      {view.label, asns.empty() ? "none (not announced)" : fmt::format("{}", fmt::join(asns, " "))},
      {"prefix", or_none(prefix)},
      {"country", or_none(origin.country)},
      {"registry", or_none(origin.registry)}};
}

void describe(const facts::AsDescription& description, FactView& view) {
  const auto asn = description.asn == 0 ? std::string{} : fmt::format("AS{}", description.asn);
  view.json = {{"asn", or_null(asn)}, {"text", or_null(description.text)}};
  view.lines = {{view.label, or_none(description.text)}};
}

void describe(const facts::Registration& registration, FactView& view) {
  std::string range;
  if (registration.range) {
    range =
        fmt::format("{} - {}", registration.range->first.str(), registration.range->second.str());
  }
  view.json = {{"name", or_null(registration.name)},
               {"country", or_null(registration.country)},
               {"entities", registration.entities},
               {"range", or_null(range)}};
  view.lines = {{view.label, or_none(registration.name)},
                {"country", or_none(registration.country)},
                {"range", or_none(range)}};
  for (const auto& entity : registration.entities) {
    view.lines.push_back({&entity == &registration.entities.front() ? "entities" : "", entity});
  }
  if (registration.entities.empty()) view.lines.push_back({"entities", none});
}

void describe(const facts::DnsblListing& listing, FactView& view) {
  std::vector<std::string> answers;
  for (const auto& answer : listing.answers) answers.push_back(answer.str());
  view.json = {{"zone", listing.zone}, {"answers", answers}, {"reason", or_null(listing.reason)}};
  view.lines = {{view.label, answers.empty() ? "not listed"
                                             : fmt::format("listed: {}", fmt::join(answers, " "))}};
  if (!listing.reason.empty()) view.lines.push_back({"reason", listing.reason});
}

ordered_json place_json(const facts::Place& place) {
  return {{"geoname_id",
           place.geoname_id == 0 ? ordered_json(nullptr) : ordered_json(place.geoname_id)},
          {"code", or_null(place.code)},
          {"name", or_null(place.name)}};
}

std::string place_text(const facts::Place& place) {
  std::string text = or_none(place.name);
  if (!place.code.empty()) text += fmt::format(", {}", place.code);
  if (place.geoname_id != 0) text += fmt::format(" (GeoName ID {})", place.geoname_id);
  return text;
}

void describe(const facts::GeoCity& geo, FactView& view) {
  view.json = ordered_json::object();
  const auto add = [&](const char* key, const char* label,
                       const std::optional<facts::Place>& place) {
    view.json[key] = place ? place_json(*place) : ordered_json(nullptr);
    if (place) view.lines.push_back({label, place_text(*place)});
  };
  add("city", "city", geo.city);
  view.json["subdivisions"] = ordered_json::array();
  for (const auto& place : geo.subdivisions) {
    view.json["subdivisions"].push_back(place_json(place));
    view.lines.push_back({"subdivision", place_text(place)});
  }
  add("country", "country", geo.country);
  add("registered_country", "registered in", geo.registered_country);
  add("represented_country", "represents", geo.represented_country);
  add("continent", "continent", geo.continent);
  view.json["location"] = nullptr;
  if (const auto& circle = geo.location) {
    view.json["location"] = {{"latitude", circle->latitude},
                             {"longitude", circle->longitude},
                             {"radius_km", circle->radius_km}};
    auto text = fmt::format("{}, {}", circle->latitude, circle->longitude);
    if (circle->radius_km > 0) text += fmt::format(" within {} km", circle->radius_km);
    view.lines.push_back({"location", std::move(text)});
  }
  const bool found = !view.lines.empty();
  view.lines.insert(view.lines.begin(), {view.label, found ? "found" : "not in the database"});
}

void describe(const facts::GeoAsn& geo, FactView& view) {
  const auto asn = geo.asn == 0 ? std::string{} : fmt::format("AS{}", geo.asn);
  view.json = {{"asn", or_null(asn)}, {"organization", or_null(geo.organization)}};
  if (asn.empty() && geo.organization.empty()) {
    view.lines = {{view.label, "not in the database"}};
  } else {
    view.lines = {{view.label, or_none(asn)}, {"organisation", or_none(geo.organization)}};
  }
}

void describe(const std::vector<std::string>& flags, FactView& view) {
  view.json = flags;
  view.lines = {{view.label, flags.empty() ? none : fmt::format("{}", fmt::join(flags, " "))}};
}

// ---- the frame ---------------------------------------------------------------------------------

template <class T>
FactView view_of(std::string key, std::string label, const facts::Fact<T>& fact,
                 const std::string& why_not_asked) {
  FactView view;
  view.key = std::move(key);
  view.label = std::move(label);
  view.state = state_of(fact.knowledge, fact.from);
  view.source = fact.source;
  view.learnt = fact.learnt;
  view.expires = fact.expires;
  // Of what is local, registry data alone has dates.
  const bool dated = fact.known() && fact.learnt != facts::Time{};
  const bool asked = fact.knowledge != Knowledge::not_asked && fact.from != Provenance::local;
  view.timed = asked || dated;
  view.remembered = fact.from == Provenance::cache || fact.from == Provenance::stale_cache;
  view.known = fact.known();
  if (fact.known()) {
    describe(fact.value, view);
  } else {
    view.why = fact.failed() ? fact.trouble : why_not_asked;
  }
  return view;
}

/// Why the network was not asked for one fact.
std::string why_not(const Report& report, bool wanted, bool switched_off, const char* setting,
                    bool has_provisional = false) {
  if (switched_off) return fmt::format("switched off ({})", setting);
  if (report.login.scope.special_purpose && !wanted)
    return "special-purpose addresses belong to nobody";
  if (!wanted) return "no rule looks at it";
  if (has_provisional && !report.offline)
    return "no rule looks at it: a neighbour's answer will do";
  if (report.offline) return "not in the cache, and --offline";
  return "the question was not put";
}

/// Those of all origin ASes. Where there is none, or the origin is unknown, so is its description.
void add_descriptions(const facts::Facts& facts, bool wanted, const std::string& why_not_asked,
                      std::vector<FactView>& views) {
  const auto* likely = facts::likely_origin(facts);
  const auto asns =
      likely != nullptr ? facts::described_asns(*likely) : std::vector<std::uint32_t>{};
  for (const auto asn : asns) {
    const bool first = asn == asns.front();
    const auto* fact = facts::description_of(facts, asn);
    const auto label =
        asns.size() == 1 ? std::string("AS description") : fmt::format("AS{} description", asn);
    views.push_back(view_of(first ? "as_description" : "other_as_descriptions", label,
                            fact != nullptr ? *fact : facts::Fact<facts::AsDescription>{},
                            why_not_asked));
  }
  if (!asns.empty()) return;
  const auto& origin = facts.origin;
  facts::Fact<facts::AsDescription> nobody;
  if (wanted) {
    nobody = {origin.knowledge, origin.from,   {}, origin.source, origin.trouble,
              origin.learnt,    origin.expires};
  }
  views.push_back(view_of("as_description", "AS description", nobody, why_not_asked));
}

std::string why_no_database(const config::Config& config, const std::string& path,
                            const char* key) {
  if (!config.general.enable_maxmind) return "switched off (enable_maxmind = no)";
  if (path.empty()) return fmt::format("no database (maxmind/{})", key);
  return "not looked up";
}

}  // namespace

std::vector<FactView> fact_views(const Report& report, const config::Config& config) {
  const auto& facts = report.facts;
  const auto& wanted = report.wanted;
  const auto& lookup = config.lookup;
  std::vector<FactView> views;
  views.push_back(view_of(
      "reverse_names", "reverse name", facts.reverse_names,
      why_not(report, wanted.reverse_names, !lookup.reverse_dns, "lookup/reverse_dns = no")));
  const auto& provisional = facts.provisional;
  views.push_back(view_of("origin", "origin AS", facts.origin,
                          why_not(report, wanted.origin, lookup.origin.empty(),
                                  "lookup/origin = none", provisional.origin.known())));
  if (provisional.origin.known()) {
    views.push_back(view_of("provisional_origin", "neighbour's AS", provisional.origin, {}));
  }
  add_descriptions(
      facts, wanted.as_description,
      why_not(report, wanted.as_description, lookup.origin.empty(), "lookup/origin = none"), views);
  views.push_back(view_of("registration", "network name", facts.registration,
                          why_not(report, wanted.registration, lookup.registration.empty(),
                                  "lookup/registration = none", provisional.registration.known())));
  if (facts.without_persons.known()) {
    views.push_back(view_of("without_persons", "registry data", facts.without_persons, {}));
  }
  if (provisional.registration.known()) {
    views.push_back(
        view_of("provisional_registration", "neighbour's network", provisional.registration, {}));
  }
  for (const auto& listing : facts.dnsbl) {
    views.push_back(view_of("dnsbl", fmt::format("DNSBL {}", listing.value.zone), listing,
                            why_not(report, true, false, "")));
  }
  const auto& files = config.maxmind;
  views.push_back(view_of("geo_city", "GeoIP city", facts.geo_city,
                          why_no_database(config, files.geo_city, "geo_city")));
  views.push_back(view_of("geo_asn", "GeoIP AS", facts.geo_asn,
                          why_no_database(config, files.geo_asn, "geo_asn")));
  views.push_back(view_of("geo_anonymous", "GeoIP flags", facts.geo_anonymous,
                          why_no_database(config, files.anonymous_ip, "anonymous_ip")));
  return views;
}

}  // namespace badclients::admin
