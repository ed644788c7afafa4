#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

namespace badclients::lists {

/// An entry of maxmind/coords: `latitude,longitude,radius_km,intersection`.
struct Coords {
  facts::Circle circle;
  double intersection = 0;  ///< share of the other circle's radius, 0.5 for 50 %

  /// Latitude -90 to 90, longitude -180 to 180, radius more than 0 and up to 20038 (half the
  /// Earth's circumference), intersection 0 or more; blanks around a comma do no
  /// harm. Error: what is wrong, with the text.
  static tl::expected<Coords, std::string> parse(std::string_view text);

  /// The shortest text that parse() reads as the same numbers.
  [[nodiscard]] std::string str() const;

  /// Whether the circles overlap by more than `intersection` of the radius of `place`. The overlap
  /// is measured on the line between the centres: both radii less their distance. 1 or more: the
  /// centre of `place` lies within our circle. A place of radius 0 matches when it lies within our
  /// circle. A place with a negative radius, or with a value that is no number, never matches.
  [[nodiscard]] bool matches(const facts::Circle& place) const;
};

/// Great-circle distance between the centres, in km (haversine, mean Earth radius 6371.0088 km).
double distance_km(const facts::Circle& a, const facts::Circle& b);

}  // namespace badclients::lists
