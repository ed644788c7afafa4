#include "logs/geo.hpp"

#include <vector>

#include "base/number.hpp"
#include "logs/fields.hpp"
#include "logs/json_line.hpp"

namespace badclients::logs {

namespace {

/// "Ashburn/4744870", "US/6252001"; nothing for "" and "/".
std::optional<facts::Place> place(std::string_view text, std::string facts::Place::*name) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || text == "/") return std::nullopt;
  facts::Place result;
  result.*name = text.substr(0, slash);
  result.geoname_id = base::number<std::uint32_t>(text.substr(slash + 1)).value_or(0);
  return result;
}

/// Takes the fields of the line as they come.
class Taker {
 public:
  explicit Taker(Geo& geo) : geo_(geo) {}

  void take(std::string_view name, const std::string& value) {
    using facts::Place;
    auto& city = geo_.city.value;
    if (name == "user") geo_.user = value;
    if (name == "service") geo_.service = value;
    if (name == "ip") geo_.ip = value;
    if (name == "asn" && value.starts_with("AS")) {
      geo_.asn.value.asn =
          base::number<std::uint32_t>(std::string_view(value).substr(2)).value_or(0);
    }
    if (name == "as_org") geo_.asn.value.organization = value;
    if (name == "city") city.city = place(value, &Place::name);
    if (name.starts_with("subdivision")) {
      if (auto part = place(value, &Place::name)) city.subdivisions.push_back(*std::move(part));
    }
    if (name == "country") city.country = place(value, &Place::code);
    if (name == "continent") city.continent = place(value, &Place::code);
    if (name == "registered_country") city.registered_country = place(value, &Place::code);
    if (name == "represented_country") city.represented_country = place(value, &Place::code);
    if (name == "lat") latitude_ = base::number<double>(value);
    if (name == "lon") longitude_ = base::number<double>(value);
    if (name == "rad") {
      std::string_view number = value;
      if (number.ends_with("km")) number.remove_suffix(2);
      radius_ = base::number<double>(number);
    }
  }

  /// A database of which the line says nothing may not have been there: unknown.
  void finish() {
    auto& city = geo_.city;
    if (latitude_ && longitude_) {
      city.value.location = facts::Circle{*latitude_, *longitude_, radius_.value_or(0)};
    }
    if (city.value != facts::GeoCity{}) city.knowledge = facts::Knowledge::known;
    if (geo_.asn.value != facts::GeoAsn{}) geo_.asn.knowledge = facts::Knowledge::known;
    city.from = geo_.asn.from = facts::Provenance::local;
  }

 private:
  Geo& geo_;
  std::optional<double> latitude_, longitude_, radius_;
};

}  // namespace

bool read_geo(std::string_view log_line, Geo& into) {
  const auto found = split(log_line);
  if (!found || !found->maxmind) return false;
  into = {};
  Taker taker{into};
  if (found->fields.starts_with('{')) {
    const bool whole =
        read_json_line(found->fields, [&](std::string_view name, const std::string* value) {
          if (value != nullptr) taker.take(name, Field{name, *value}.value());
        });
    if (!whole) return false;
  } else {
    std::vector<Field> fields;
    if (!read_fields(found->fields, fields)) return false;
    for (const auto& field : fields) {
      if (!field.none()) taker.take(field.name, field.value());
    }
  }
  taker.finish();
  return true;
}

}  // namespace badclients::logs
