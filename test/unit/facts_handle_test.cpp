#include "facts/handle.hpp"

#include "catch.hpp"

using badclients::facts::canonical_handle;
using badclients::facts::is_left_out_by_ripe;
using badclients::facts::other_spelling;

TEST_CASE("RIPE's bulk data leaves out the handles of persons and roles") {
  for (const auto* handle : {"TA2589-RIPE", "las85-ripe", "DUMY-RIPE"}) {
    CHECK(is_left_out_by_ripe(handle));
  }
  for (const auto* handle : {"ORG-LL72-RIPE", "org-a-ripe", "linode-mnt", "RIPE-NCC-END-MNT",
                             "MAC74-ARIN", "RIPE", ""}) {
    CHECK_FALSE(is_left_out_by_ripe(handle));
  }
}

TEST_CASE("a Brazilian tax number has one canonical spelling") {
  CHECK(canonical_handle("04.368.865/0001-66") == "04.368.865/0001-66");
  CHECK(canonical_handle("004.368.865/0001-66") == "04.368.865/0001-66");
  CHECK(canonical_handle("04368865000166") == "04.368.865/0001-66");
  CHECK(canonical_handle("11144477735") == "111.444.777-35");
  CHECK(canonical_handle("111.444.777-35") == "111.444.777-35");
  // The companies' numbers with letters, of 2026.
  CHECK(canonical_handle("12ABC34501DE35") == "12.ABC.345/01DE-35");
}

TEST_CASE("every other handle stays as it is") {
  for (const auto* handle :
       {"", "MSFT", "ORG-LL72-RIPE", "UY-LACN-LACNIC", "ADLIG4", "C01234567", "04368865000167",
        "11144477734", "0436886500016", "043688650001660", "ABCDEFGHIJKL12", "104.368.865/0001-66",
        "04.368.865/0001-6", "04.368.865-0001/66"}) {
    CHECK(canonical_handle(handle) == handle);
  }
}

TEST_CASE("a tax number is found in its other spelling, whatever the case of its letters") {
  CHECK(other_spelling("04.368.865/0001-66") == "04368865000166");
  CHECK(other_spelling("04368865000166") == "04.368.865/0001-66");
  CHECK(other_spelling("111.444.777-35") == "11144477735");
  CHECK(other_spelling("12.abc.345/01de-35") == "12abc34501de35");
  CHECK(other_spelling("12abc34501de35") == "12.abc.345/01de-35");
  for (const auto* handle : {"", "MSFT", "04368865000167", "TA2589-RIPE", "04.368.865/0001"}) {
    CHECK_FALSE(other_spelling(handle));
  }
}
