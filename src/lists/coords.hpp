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

  /// Error: what is wrong, with the text.
  static tl::expected<Coords, std::string> parse(std::string_view text);

  /// Whether the circles overlap by more than `intersection` of the radius of `place`. The overlap
  /// is measured on the line between the centres: both radii less their distance. 1 or more: the
  /// centre of `place` lies within our circle.
  [[nodiscard]] bool matches(const facts::Circle& place) const;
};

/// Great-circle distance between the centres, in km (haversine, mean Earth radius 6371.0088 km).
double distance_km(const facts::Circle& a, const facts::Circle& b);

}  // namespace badclients::lists
