#include "lists/coords.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/number.hpp"
#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using config::quote;

constexpr double earth_radius_km = 6371.0088;

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

bool read(std::string_view text, double& number) {
  number = base::number<double>(trimmed(text)).value_or(NAN);
  return std::isfinite(number);
}

struct Limit {
  std::string_view name;
  double lowest, highest;
};

constexpr std::array<Limit, 4> limits{{
    {"latitude", -90, 90},
    {"longitude", -180, 180},
    {"radius_km", 0, 20038},  // half the Earth's circumference reaches every place
    {"intersection", 0, 1'000'000},
}};

}  // namespace

tl::expected<Coords, std::string> Coords::parse(std::string_view text) {
  std::array<double, 4> numbers{};
  auto rest = text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto comma = rest.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == numbers.size()) ||
        !read(rest.substr(0, comma), numbers[i])) {
      return tl::unexpected(fmt::format(
          "{} is not latitude,longitude,radius_km,intersection (try 38.74,-49.67,100,0.5)",
          quote(text)));
    }
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto& limit = limits[i];
    if (numbers[i] >= limit.lowest && numbers[i] <= limit.highest) continue;
    return tl::unexpected(fmt::format("{}: {} must be {} to {}", quote(text), limit.name,
                                      limit.lowest, limit.highest));
  }
  if (numbers[2] <= 0) {
    return tl::unexpected(fmt::format("{}: radius_km must be more than 0", quote(text)));
  }
  return Coords{{numbers[0], numbers[1], numbers[2]}, numbers[3]};
}

std::string Coords::str() const {
  return fmt::format("{},{},{},{}", circle.latitude, circle.longitude, circle.radius_km,
                     intersection);
}

// Compares products, so that a place of radius 0 needs no special case: it matches when it lies
// within the circle.
bool Coords::matches(const facts::Circle& place) const {
  if (!std::isfinite(place.radius_km) || place.radius_km < 0) return false;
  const auto overlap = circle.radius_km + place.radius_km - distance_km(circle, place);
  return overlap > intersection * place.radius_km;
}

double distance_km(const facts::Circle& a, const facts::Circle& b) {
  const auto half_latitude = std::sin(radians(b.latitude - a.latitude) / 2);
  const auto half_longitude = std::sin(radians(b.longitude - a.longitude) / 2);
  const auto h = half_latitude * half_latitude + std::cos(radians(a.latitude)) *
                                                     std::cos(radians(b.latitude)) *
                                                     half_longitude * half_longitude;
  return 2 * earth_radius_km * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
}

}  // namespace badclients::lists
