// What every unit test includes, compiled once. No include guard: a header that is compiled by
// itself needs none, and gcc warns about one.
#include "catch.hpp"
