#include "admin/registry/checksum.hpp"

#include "catch.hpp"
#include "registry_files.hpp"

using namespace badclients;
using admin::registry_command::md5_of;
using admin::registry_command::sum_in;

TEST_CASE("an MD5 sum is that of the whole file", "[registry]") {
  const TempFolder folder;
  // RFC 1321, A.5
  CHECK(md5_of(test::OpenFile{folder, ""}.descriptor()) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of(test::OpenFile{folder, "abc"}.descriptor()) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_of(test::OpenFile{folder, std::string(1'000'000, 'a')}.descriptor()) ==
        "7707d6ae4e027c70eea2a935c2296f21");
  CHECK_FALSE(md5_of(-1));
}

TEST_CASE("publishers write MD5 sums in their own ways", "[registry]") {
  const std::string sum = "900150983cd24fb0d6963f7d28e17f72";
  CHECK(sum_in("MD5 (delegated-ripencc-extended-latest) = " + sum) == sum);
  CHECK(sum_in(sum + "  delegated-arin-extended-20260928\n") == sum);
  CHECK(sum_in("900150983CD24FB0D6963F7D28E17F72\n") == sum);
  CHECK(sum_in(sum) == sum);
  CHECK_FALSE(sum_in(""));
  CHECK_FALSE(sum_in("<html>Not here</html>"));
  CHECK_FALSE(sum_in(sum + "0"));
  CHECK_FALSE(sum_in(sum.substr(1)));
  CHECK_FALSE(sum_in(sum + "\n" + sum));
}
