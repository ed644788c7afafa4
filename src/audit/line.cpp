#include "audit/line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "audit/escape.hpp"

namespace badclients::audit {

namespace {

using facts::Facts;
using facts::Login;
using facts::Verdict;

// The most bytes of each value. Together with names and numbers they stay below 4000: Dovecot reads
// its log pipe in pieces of PIPE_BUF (4096) bytes, and only a write of that size is never mixed
// with another process's.
constexpr std::size_t most_user = 400;
constexpr std::size_t most_service = 64;
constexpr std::size_t most_host = 300;
constexpr std::size_t most_country = 16;
constexpr std::size_t most_description = 300;
constexpr std::size_t most_net_name = 150;
constexpr std::size_t most_entity = 100;
constexpr std::size_t most_entities = 900;  // with their names
constexpr std::size_t most_matched = 150;
constexpr std::size_t most_rule = 300;
constexpr std::size_t most_client = 150;
constexpr std::size_t most_client_id = 400;
constexpr std::size_t most_session = 64;
constexpr std::size_t most_master = 200;
constexpr std::size_t most_error = 250;
constexpr std::size_t most_place = 100;
constexpr std::size_t most_subdivisions = 8;

/// Puts fields behind each other.
class Writer {
 public:
  explicit Writer(std::string_view begin) {
    text_.reserve(usual_size);
    text_ += begin;
  }

  /// name=value, with nothing escaped: for what we wrote ourselves.
  void plain(std::string_view name, std::string_view value) {
    begin(name);
    text_ += value;
  }
  /// name=value, None where there is none.
  void bare(std::string_view name, std::string_view value, std::size_t most) {
    plain(name, value.empty() ? "None" : escaped(value, Place::bare, most));
  }
  /// name=<value>
  void brackets(std::string_view name, std::string_view value, std::size_t most) {
    begin(name);
    text_ += '<';
    text_ += escaped(value, Place::brackets, most);
    text_ += '>';
  }
  /// name=<value>, <None> where there is none.
  void brackets_or_none(std::string_view name, std::string_view value, std::size_t most) {
    brackets(name, value.empty() ? "None" : value, most);
  }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t usual_size = 512;

  /// Not by fmt: a login writes its line some five times, field by field.
  void begin(std::string_view name) {
    text_ += separator_;
    text_ += name;
    text_ += '=';
    separator_ = ", ";
  }

  std::string text_;
  std::string_view separator_;
};

void write_who(Writer& out, const Login& login) {
  out.brackets("user", login.user, most_user);
  out.bare("service", login.service, most_service);
  out.plain("ip", login.address ? login.address->str() : "None");
}

void write_host(Writer& out, const facts::Fact<facts::ReverseNames>& names) {
  if (!names.known()) return out.plain("host", "None");
  if (names.value.empty()) return out.plain("host", "<>");
  const auto& name = names.value.front().name;
  out.bare("host", name.empty() ? "." : name, most_host);  // a PTR to the root
}

/// What the original says about an address that belongs to no network.
void write_special(Writer& out, std::string_view block) {
  out.plain("asn", "None");
  out.plain("as_cc", "ZZ");
  out.plain("as_desc", "<IANA-RESERVED>");
  out.brackets("net_name", block, most_net_name);
  out.plain("net_cc", "ZZ");
  out.plain("entity", "None");
}

void write_entities(Writer& out, const std::vector<std::string>& entities) {
  if (entities.empty()) return out.plain("entity", "None");
  std::size_t left = most_entities;
  for (const auto& entity : entities) {
    const auto text = escaped(entity, Place::bare, most_entity);
    const auto size = text.size() + std::string_view(", entity=").size();
    if (size > left) return out.plain("entity", cut_mark);
    left -= size;
    out.plain("entity", text);
  }
}

/// Of several origin ASes the one that matched, else the first; nothing where there is none.
std::optional<std::uint32_t> shown_as(const facts::Origin& origin, std::uint32_t matched) {
  const auto& asns = origin.asns;
  if (std::find(asns.begin(), asns.end(), matched) != asns.end()) return matched;
  return asns.empty() ? std::nullopt : std::optional{asns.front()};
}

void write_network(Writer& out, const Facts& facts, std::uint32_t matched_as) {
  const auto* origin = facts::likely_origin(facts);
  const auto asn = origin != nullptr ? shown_as(*origin, matched_as) : std::nullopt;
  out.plain("asn", asn ? fmt::format("AS{}", *asn) : "None");
  out.bare("as_cc", origin != nullptr ? origin->country : "", most_country);
  const auto* description = asn ? facts::description_of(facts, *asn) : nullptr;
  out.brackets_or_none(
      "as_desc", description != nullptr && description->known() ? description->value.text : "",
      most_description);
  const facts::Registration nothing;
  const auto* known = facts::likely_registration(facts);
  const auto& registration = known != nullptr ? *known : nothing;
  out.brackets_or_none("net_name", registration.name, most_net_name);
  out.bare("net_cc", registration.country, most_country);
  write_entities(out, registration.entities);
}

void write_verdict(Writer& out, const Verdict& verdict) {
  using Decision = Verdict::Decision;
  if (verdict.decision == Decision::deny) {
    out.plain("blocked", "True");
  } else if (verdict.decision == Decision::tempfail) {
    out.plain("tempfail", "True");
  } else if (verdict.would_block) {
    out.plain("would_block", "True");
  } else if (!verdict.matched.empty()) {
    out.plain("allowed", "True");
  } else {
    return;
  }
  out.bare("matched", verdict.matched, most_matched);
  if (!verdict.rule.empty()) out.bare("rule", verdict.rule, most_rule);
  if (!verdict.client.empty()) out.brackets("client", verdict.client, most_client);
}

/// NAME/ID in brackets; empty brackets where the place is unknown.
void write_place(Writer& out, std::string_view field, const std::optional<facts::Place>& place,
                 const std::string facts::Place::*name) {
  if (!place) return out.plain(field, "<>");
  const auto text = escaped((*place).*name, Place::brackets, most_place);
  const auto id = place->geoname_id == 0 ? std::string() : fmt::format("{}", place->geoname_id);
  out.plain(field, fmt::format("<{}/{}>", text, id));
}

void write_city(Writer& out, const facts::GeoCity& geo) {
  using facts::Place;
  write_place(out, "city", geo.city, &Place::name);
  const auto count = std::min(geo.subdivisions.size(), most_subdivisions);
  for (std::size_t i = 0; i < count; ++i) {
    write_place(out, fmt::format("subdivision[{}]", i), geo.subdivisions[i], &Place::name);
  }
  write_place(out, "country", geo.country, &Place::code);
  write_place(out, "continent", geo.continent, &Place::code);
  write_place(out, "registered_country", geo.registered_country, &Place::code);
  if (geo.represented_country) {
    write_place(out, "represented_country", geo.represented_country, &Place::code);
  }
  const auto& circle = geo.location;
  out.plain("lat", circle ? fmt::format("{:f}", circle->latitude) : "None");
  out.plain("lon", circle ? fmt::format("{:f}", circle->longitude) : "None");
  const bool wide = circle && circle->radius_km > 0;  // else the database has no radius
  out.plain("rad", wide ? fmt::format("{:.0f}km", circle->radius_km) : "None");
}

/// What stands behind `took`.
std::string write_behind(const Login& login) {
  Writer out("");
  if (!login.session.empty()) out.brackets("session", login.session, most_session);
  if (!login.master.empty()) out.brackets("master", login.master, most_master);
  auto fields = out.take();
  return fields.empty() ? fields : ", " + fields;
}

}  // namespace

std::string Line::text(std::chrono::nanoseconds took, std::string_view error) const {
  const std::chrono::duration<double, std::milli> milliseconds = took;
  auto text = fmt::format("{}, took={:.1f}ms{}", before_took, milliseconds.count(), after_took);
  if (!error.empty()) {
    fmt::format_to(std::back_inserter(text), ", error=<{}>",
                   escaped(error, Place::brackets, most_error));
  }
  return text;
}

Line prepare(const Login& login, const Facts& facts, const Verdict& verdict) {
  Writer out("mail-audit: ");
  write_who(out, login);
  write_host(out, facts.reverse_names);
  if (const auto block = login.scope.special_purpose) {
    write_special(out, *block);
  } else {
    write_network(out, facts, verdict.asn);
  }
  write_verdict(out, verdict);
  if (login.client_id.empty()) {
    out.plain("client_id", "None");
  } else {
    out.brackets("client_id", login.client_id, most_client_id);
  }
  out.plain("facts", to_string(freshness(facts)));
  return {out.take(), write_behind(login)};
}

std::string line(const Login& login, const Facts& facts, const Verdict& verdict,
                 std::chrono::nanoseconds took) {
  return prepare(login, facts, verdict).text(took);
}

std::optional<std::string> maxmind_line(const Login& login, const Facts& facts) {
  const facts::GeoCity no_city;
  const facts::GeoAsn no_asn;
  const auto* const city = facts.geo_city.get();
  const auto* const asn = facts.geo_asn.get();
  const bool city_known = city != nullptr && *city != no_city;
  const bool asn_known = asn != nullptr && *asn != no_asn;
  if (!city_known && !asn_known) return std::nullopt;

  Writer out("mail-audit-maxmind: ");
  write_who(out, login);
  const auto number = asn_known ? asn->asn : 0;
  out.plain("asn", number != 0 ? fmt::format("AS{}", number) : "None");
  out.brackets("as_org", asn_known ? asn->organization : "", most_description);
  write_city(out, city_known ? *city : no_city);
  return out.take();
}

}  // namespace badclients::audit
