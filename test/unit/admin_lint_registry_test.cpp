#include "catch.hpp"
#include "lint_site.hpp"
#include "registry_site.hpp"

using namespace badclients;

namespace {

struct RegistryLint : LintSite {
  RegistryLint() {
    write("lists/entity.deny.lst", "TA2589-RIPE\nORG-A-RIPE\n");
    write("lists/clients/c.client",
          "Name: C\nVendor: V\nAbout: A\nEvidence: E\nSource: S\n\nnet_name=X entity=B1-RIPE\n");
    look_up("");
  }
  void look_up(const std::string& lookup,
               const std::string& sources = "sources = delegated ripe") const {
    configure("[dns]\nnameserver = 127.0.0.1\n[registry]\n" + sources + "\n[lookup]\n" + lookup);
  }
};

}  // namespace

TEST_CASE_METHOD(RegistryLint,
                 "without registry data nothing is said of rules that it could not answer") {
  CHECK_THAT(text(), !ContainsSubstring("bulk"));
}

TEST_CASE_METHOD(RegistryLint,
                 "rules that registry data cannot answer are named, with what happens") {
  write("state/registry.db", "");
  const auto text = this->text();
  CHECK_THAT(text, ContainsSubstring("lists/entity.deny.lst:1: note: entity, as any rule on "
                                     "net_cc, net_name or entity: ARIN and LACNIC publish "
                                     "no registrations in bulk: of addresses in their space they "
                                     "are asked, as lookup/registration says\n"));
  CHECK_THAT(text,
             ContainsSubstring("lists/entity.deny.lst:1: note: 'ta2589-ripe': RIPE leaves the "
                               "handles of persons and roles out of its bulk data: of "
                               "addresses in its space it is asked, as lookup/registration "
                               "says\n"));
  CHECK_THAT(text, ContainsSubstring("lists/clients/c.client:7: note: 'b1-ripe': RIPE"));
  CHECK_THAT(text, !ContainsSubstring("org-a"));
}

TEST_CASE_METHOD(RegistryLint, "where nobody may be asked, they are warned of") {
  look_up("registration = local\n");
  CHECK_THAT(text(), ContainsSubstring("lists/entity.deny.lst:1: warning: 'ta2589-ripe': RIPE "
                                       "leaves the handles of persons and roles out of its "
                                       "bulk data: of addresses in its space it never matches "
                                       "(add rdap whois to lookup/registration)\n"));
  look_up("registration = local\n", "");
  CHECK_THAT(text(), ContainsSubstring("lists/entity.deny.lst:1: error: entity: nothing here "
                                       "can ever match: lookup/registration is local, and "
                                       "registry/sources names none of ripe, apnic, afrinic"));
}

TEST_CASE_METHOD(RegistryLint, "what registry.db has counts, whatever registry/sources names") {
  write("lists/asn.deny.lst", "AS64500\n");
  look_up("origin = local\nregistration = local\n", "sources = none");
  CHECK_THAT(text(), ContainsSubstring("entity: nothing here can ever match"));
  CHECK_THAT(text(), ContainsSubstring("asn: nothing here can ever match: lookup/origin is local, "
                                       "and registry/sources does not name ris"));

  test::RegistrySite taken;
  taken.compile(test::RegistrySite::files());
  std::filesystem::copy_file(taken.path(), path("state/registry.db"));
  const auto text = this->text();
  CHECK_THAT(text, !ContainsSubstring("nothing here can ever match"));
  CHECK_THAT(text, ContainsSubstring("'ta2589-ripe': RIPE leaves the handles of persons"));
}

TEST_CASE_METHOD(RegistryLint, "of registry data that cannot be read nobody says what it lacks") {
  write("lists/asn.deny.lst", "AS64500\n");
  look_up("origin = local\nregistration = local\n", "sources = none");
  write("state/registry.db", "");
  CHECK_THAT(text(), !ContainsSubstring("nothing here can ever match"));
}
