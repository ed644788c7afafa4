#include "lists/coords.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using badclients::facts::Circle;
using badclients::lists::Coords;
using badclients::lists::distance_km;

namespace {

std::string canonical(std::string_view text) {
  const auto coords = Coords::parse(text);
  return coords ? coords->str() : "error: " + coords.error();
}

bool within(double kilometres, double low, double high) {
  return kilometres > low && kilometres < high;
}

}  // namespace

TEST_CASE("distances are great-circle distances") {
  CHECK(
      within(distance_km({52.5200, 13.4050, 0}, {48.8566, 2.3522, 0}), 876, 879));  // Berlin-Paris
  CHECK(within(distance_km({0, 179.5, 0}, {0, -179.5, 0}), 111, 112));  // across the date line
  CHECK(within(distance_km({90, 0, 0}, {-90, 77, 0}), 20015, 20016));   // pole to pole
  CHECK(within(distance_km({89.9, 0, 0}, {89.9, 180, 0}), 22, 23));     // across the pole
  CHECK(distance_km({10, 20, 0}, {10, 20, 0}) == 0);
}

TEST_CASE("two circles of 100 km that overlap by about 50 %") {
  const Circle place{37.977529, -48.2432889, 100};
  const auto overlap = 200 - distance_km({38.741104, -49.6676859, 100}, place);
  CHECK(within(overlap, 49, 51));
  CHECK(Coords::parse("38.741104,-49.6676859,100,0.49")->matches(place));
  CHECK_FALSE(Coords::parse("38.741104,-49.6676859,100,0.51")->matches(place));
  CHECK(Coords::parse("38.741104,-49.6676859,100,0")->matches(place));
  CHECK_FALSE(Coords::parse("38.741104,-49.6676859,50,0")->matches(place));
}

TEST_CASE("the overlap is a share of the place's own radius") {
  // 50 km apart on the equator.
  const auto east = 50 / 111.19493;
  const auto entry = *Coords::parse("0,0,60,1");
  CHECK(entry.matches({0, east, 100}));  // its centre lies within 60 km
  CHECK_FALSE(Coords::parse("0,0,40,1")->matches({0, east, 100}));
  CHECK(Coords::parse("0,0,40,0.5")->matches({0, east, 100}));
  CHECK_FALSE(Coords::parse("0,0,40,0.95")->matches({0, east, 100}));
}

TEST_CASE("a place without extent matches when it lies within the circle") {
  CHECK(Coords::parse("10,20,100,5")->matches({10.1, 20.1, 0}));
  CHECK_FALSE(Coords::parse("10,20,100,0")->matches({15, 20, 0}));
}

TEST_CASE("a place that makes no sense matches nothing") {
  const auto entry = *Coords::parse("0,0,20000,0");
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(entry.matches({0, 0, nan}));
  CHECK_FALSE(entry.matches({nan, 0, 10}));
  CHECK_FALSE(entry.matches({0, 0, -1}));
  CHECK_FALSE(entry.matches({0, 0, std::numeric_limits<double>::infinity()}));
}

TEST_CASE("coordinates are read") {
  CHECK(canonical("38.741104,-49.6676859,100,0.5") == "38.741104,-49.6676859,100,0.5");
  CHECK(canonical(" 38.50 , -49 ,100.0, 1 ") == "38.5,-49,100,1");
  CHECK(canonical("-90,180,20038,0") == "-90,180,20038,0");
  CHECK(canonical(canonical("0.00001,0.000002,1,1")) == canonical("0.00001,0.000002,1,1"));
}

TEST_CASE("what are no coordinates is refused with a reason") {
  for (const auto* text :
       {"", ",", "1,2,3", "1,2,3,4,5", "1,2,3,", "a,2,3,4", "1,2,3,4x", "1 2 3 4", "nan,2,3,4",
        "1,inf,3,4", "1,2,1e999,0", "1;2;3;4", "0x1,2,3,4", "1,2,3,0.5 Atlantic", "+1,2,3,4"}) {
    CAPTURE(text);
    CHECK_THAT(canonical(text), ContainsSubstring("error: ") &&
                                    ContainsSubstring("latitude,longitude,radius_km,intersection"));
  }
  CHECK(canonical("90.1,0,1,1") == "error: '90.1,0,1,1': latitude must be -90 to 90");
  CHECK(canonical("0,-180.5,1,1") == "error: '0,-180.5,1,1': longitude must be -180 to 180");
  CHECK(canonical("0,0,0,1") == "error: '0,0,0,1': radius_km must be more than 0");
  CHECK_THAT(canonical("0,0,-1,1"), ContainsSubstring("radius_km must be 0 to 20038"));
  CHECK_THAT(canonical("0,0,99999,1"), ContainsSubstring("radius_km must be 0 to 20038"));
  CHECK_THAT(canonical("0,0,1,-0.1"), ContainsSubstring("intersection must be 0 to"));
}
