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
constexpr std::size_t most_country = 20;
constexpr std::size_t most_description = 300;
constexpr std::size_t most_net_name = 150;
constexpr std::size_t most_entity = 100;
constexpr std::size_t most_entities = 850;  // with their names
constexpr std::size_t most_matched = 150;
constexpr std::size_t most_rule = 300;
constexpr std::size_t most_client = 150;
constexpr std::size_t most_client_id = 400;
constexpr std::size_t most_session = 64;
constexpr std::size_t most_master = 200;
constexpr std::size_t most_error = 250;
constexpr std::size_t most_place = 100;
constexpr std::size_t most_subdivisions = 8;

/// Puts fields behind each other, as `form` has them.
class Writer {
 public:
  Writer(std::string_view begin, Form form) : json_(form == Form::json) {
    text_.reserve(usual_size);
    text_ += begin;
  }
  /// For what stands behind other fields.
  explicit Writer(Form form) : Writer("", form) { separator_ = separator(); }

  /// What we wrote ourselves: nothing is escaped.
  void word(std::string_view name, std::string_view value) {
    begin(name);
    if (json_) text_ += '"';
    text_ += value;
    if (json_) text_ += '"';
  }
  /// The same, of a number or a boolean.
  void literal(std::string_view name, std::string_view value) {
    begin(name);
    text_ += value;
  }
  void none(std::string_view name) { literal(name, json_ ? "null" : "None"); }
  void yes(std::string_view name) { literal(name, json_ ? "true" : "True"); }
  /// name=value, None where there is none.
  void bare(std::string_view name, std::string_view value, std::size_t most) {
    if (value.empty()) return none(name);
    begin(name);
    if (json_) text_ += '"';
    append_escaped(text_, value, json_ ? Place::json : Place::bare, most);
    if (json_) text_ += '"';
  }
  /// name=<value>
  void brackets(std::string_view name, std::string_view value, std::size_t most) {
    open_brackets(name);
    append_escaped(text_, value, json_ ? Place::json : Place::brackets, most);
    close_brackets();
  }
  /// name=<value>, <None> where there is none.
  void brackets_or_none(std::string_view name, std::string_view value, std::size_t most) {
    if (json_ && value.empty()) return none(name);
    brackets(name, value.empty() ? "None" : value, most);
  }
  /// name=<text/number>, without a number where it is 0.
  void place(std::string_view name, std::string_view text, std::uint32_t number, std::size_t most) {
    open_brackets(name);
    append_escaped(text_, text, json_ ? Place::json : Place::brackets, most);
    text_ += '/';
    if (number != 0) text_ += std::to_string(number);
    close_brackets();
  }
  /// name=value, name=value. `most`: bytes of all, with what stands around them.
  void list(std::string_view name, const std::vector<std::string>& values, std::size_t most_of_one,
            std::size_t most) {
    if (json_) {
      begin(name);
      text_ += '[';
    } else if (values.empty()) {
      return none(name);
    }
    const auto around = name.size() + std::string_view(", =").size();
    std::string_view comma;
    for (const auto& value : values) {
      auto text = escaped(value, json_ ? Place::json : Place::bare, most_of_one);
      const bool fits = text.size() + around <= most;
      if (!fits) text = json_ ? cut_mark_in_json : cut_mark;
      if (json_) {
        text_ += comma;
        text_ += '"' + text + '"';
        comma = ",";
      } else {
        word(name, text);
      }
      if (!fits) break;
      most -= text.size() + around;
    }
    if (json_) text_ += ']';
  }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t usual_size = 512;

  void open_brackets(std::string_view name) {
    begin(name);
    text_ += json_ ? '"' : '<';
  }
  void close_brackets() { text_ += json_ ? '"' : '>'; }

  /// Not by fmt: a login writes its line several times, field by field.
  void begin(std::string_view name) {
    text_ += separator_;
    if (json_) text_ += '"';
    text_ += name;
    if (json_) text_ += '"';
    text_ += json_ ? ':' : '=';
    separator_ = separator();
  }

  [[nodiscard]] std::string_view separator() const { return json_ ? "," : ", "; }

  std::string text_;
  std::string_view separator_;
  bool json_;
};

void write_user(Writer& out, const Login& login) {
  out.brackets("user", login.user, most_user);
}

void write_origin(Writer& out, const Login& login) {
  out.bare("service", login.service, most_service);
  if (!login.address) return out.none("ip");
  out.word("ip", login.address->str());
}

void write_host(Writer& out, const facts::Fact<facts::ReverseNames>& names) {
  if (!names.known()) return out.none("host");
  if (names.value.empty()) return out.brackets("host", "", most_host);
  const auto& name = names.value.front().name;
  out.bare("host", name.empty() ? "." : name, most_host);  // a PTR to the root
}

/// What the original says about an address that belongs to no network.
void write_special(Writer& out, std::string_view block) {
  out.none("asn");
  out.word("as_cc", "ZZ");
  out.brackets("as_desc", "IANA-RESERVED", most_description);
  out.brackets("net_name", block, most_net_name);
  out.word("net_cc", "ZZ");
  out.list("entity", {}, most_entity, most_entities);
}

void write_asn(Writer& out, std::optional<std::uint32_t> asn) {
  if (!asn) return out.none("asn");
  out.word("asn", "AS" + std::to_string(*asn));
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
  write_asn(out, asn);
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
  out.list("entity", registration.entities, most_entity, most_entities);
}

void write_verdict(Writer& out, const Verdict& verdict) {
  using Decision = Verdict::Decision;
  if (verdict.decision == Decision::deny) {
    out.yes("blocked");
  } else if (verdict.decision == Decision::tempfail) {
    out.yes("tempfail");
  } else if (verdict.would_block) {
    out.yes("would_block");
  } else if (!verdict.matched.empty()) {
    out.yes("allowed");
  } else {
    return;
  }
  out.bare("matched", verdict.matched, most_matched);
  if (!verdict.rule.empty()) out.bare("rule", verdict.rule, most_rule);
  if (!verdict.client.empty()) out.brackets("client", verdict.client, most_client);
}

/// NAME/ID; empty where the place is unknown.
void write_place(Writer& out, std::string_view field, const std::optional<facts::Place>& place,
                 const std::string facts::Place::*name) {
  if (!place) return out.brackets(field, "", most_place);
  out.place(field, (*place).*name, place->geoname_id, most_place);
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
  if (circle) {
    out.literal("lat", fmt::format("{:f}", circle->latitude));
    out.literal("lon", fmt::format("{:f}", circle->longitude));
  } else {
    out.none("lat");
    out.none("lon");
  }
  const bool wide = circle && circle->radius_km > 0;  // else the database has no radius
  if (!wide) return out.none("rad");
  out.word("rad", fmt::format("{:.0f}km", circle->radius_km));
}

constexpr std::size_t room_for_took = 64;

/// To a tenth of one. Not by fmt, as in Writer.
void append_milliseconds(std::string& text, std::chrono::nanoseconds time) {
  using Tenths = std::chrono::duration<std::int64_t, std::ratio<1, 10000>>;
  const auto tenths = std::chrono::round<Tenths>(std::max(time, time.zero())).count();
  text.append(std::to_string(tenths / 10)).append(".");
  text += static_cast<char>('0' + tenths % 10);
}

/// What stands in front of the service.
std::string write_before(const Login& login, Form form) {
  Writer out(form == Form::json ? "mail-audit: {" : "mail-audit: ", form);
  write_user(out, login);
  return out.take();
}

/// What stands behind `took`.
std::string write_behind(const Login& login, Form form) {
  Writer out(form);
  if (!login.session.empty()) out.brackets("session", login.session, most_session);
  if (!login.master.empty()) out.brackets("master", login.master, most_master);
  return out.take();
}

}  // namespace

std::string Line::text(std::chrono::nanoseconds took, std::string_view error) const {
  const bool json = form == Form::json;
  std::string text;
  text.reserve(user.size() + before_took.size() + after_took.size() + room_for_took + error.size());
  text.append(user).append(before_took);
  text += json ? R"(,"took":")" : ", took=";
  append_milliseconds(text, took);
  text += json ? "ms\"" : "ms";
  text += after_took;
  if (!error.empty()) {
    text += json ? R"(,"error":")" : ", error=<";
    append_escaped(text, error, json ? Place::json : Place::brackets, most_error);
    text += json ? '"' : '>';
  }
  if (json) text += '}';
  return text;
}

Line prepare(const Login& login, const Facts& facts, const Verdict& verdict, Form form) {
  Writer out(form);
  write_origin(out, login);
  write_host(out, facts.reverse_names);
  if (const auto block = login.scope.special_purpose) {
    write_special(out, *block);
  } else {
    write_network(out, facts, verdict.asn);
  }
  write_verdict(out, verdict);
  if (login.client_id.empty()) {
    out.none("client_id");
  } else {
    out.brackets("client_id", login.client_id, most_client_id);
  }
  out.word("facts", to_string(freshness(facts)));
  return {write_before(login, form), out.take(), write_behind(login, form), form};
}

Line prepare_again(const Login& login, const Line& line) {
  return {write_before(login, line.form), line.before_took, write_behind(login, line.form),
          line.form};
}

std::string line(const Login& login, const Facts& facts, const Verdict& verdict,
                 std::chrono::nanoseconds took, Form form) {
  return prepare(login, facts, verdict, form).text(took);
}

std::optional<std::string> maxmind_line(const Login& login, const Facts& facts, Form form) {
  const facts::GeoCity no_city;
  const facts::GeoAsn no_asn;
  const auto* const city = facts.geo_city.get();
  const auto* const asn = facts.geo_asn.get();
  const bool city_known = city != nullptr && *city != no_city;
  const bool asn_known = asn != nullptr && *asn != no_asn;
  if (!city_known && !asn_known) return std::nullopt;

  const bool json = form == Form::json;
  Writer out(json ? "mail-audit-maxmind: {" : "mail-audit-maxmind: ", form);
  write_user(out, login);
  write_origin(out, login);
  const auto number = asn_known ? asn->asn : 0;
  write_asn(out, number != 0 ? std::optional(number) : std::nullopt);
  out.brackets("as_org", asn_known ? asn->organization : "", most_description);
  write_city(out, city_known ? *city : no_city);
  return out.take() + (json ? "}" : "");
}

}  // namespace badclients::audit
