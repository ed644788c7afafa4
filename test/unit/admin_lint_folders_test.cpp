#include <filesystem>

#include "catch.hpp"
#include "lint_site.hpp"

namespace fs = std::filesystem;

TEST_CASE("folders that nobody reads are named where lists are in them") {
  const LintSite site;
  for (const auto* folder :
       {"lists/lists/maxmind", "lists/ip_net.d", "lists/blocklists", "lists/ip_net.deny.d",
        "lists/.git", "lists/docs", "lists/clients/data", "lists/clients/clients",
        "lists/clients.d", "lists/old.bak"}) {
    fs::create_directories(site.path(folder));
  }
  for (const auto* file :
       {"lists/lists/ip_net.deny.lst", "lists/ip_net.d/x.lst", "lists/blocklists/x.txt",
        "lists/ip_net.deny.d/x.lst", "lists/.git/x.lst", "lists/docs/notes",
        "lists/clients/data/x.net", "lists/clients/clients/x.client", "lists/old.bak/x.lst",
        "lists/clients.d/x.client"}) {
    site.write(file, "");
  }
  const auto text = site.text();
  CHECK_THAT(text,
             ContainsSubstring("lists/lists: warning: is not read, nor is what lies in it; "
                               "it looks like a copy of lists (try: mv lists/lists/* lists/)"));
  CHECK_THAT(text, ContainsSubstring("lists/ip_net.d: warning: is not read, nor is what lies in it "
                                     "(did you mean ip_net.deny.d?)"));
  CHECK_THAT(text, ContainsSubstring("lists/blocklists: warning: is not read"));
  CHECK_THAT(text, ContainsSubstring("lists/clients/clients: warning: is not read"));
  CHECK_THAT(text,
             ContainsSubstring("lists/clients.d: warning: is not read, nor is what lies in it "
                               "(client files go into clients)"));
  CHECK_THAT(text, ContainsSubstring("0 errors, 5 warnings"));
}

TEST_CASE("a list of another name is pointed to the right one") {
  const LintSite site;
  site.write("lists/country.deny.lst", "DE\n");
  site.write("lists/ips.deny.lst", "192.0.2.0/24\n");
  site.write("lists/entitty.deny.lst", "X\n");
  site.write("lists/foobar.deny.lst", "X\n");
  const auto text = site.text();
  CHECK_THAT(text,
             ContainsSubstring("country.deny.lst: warning: is not read: there is no list of this "
                               "name (did you mean as_cc, net_cc or maxmind/geo_cc?)"));
  CHECK_THAT(text, ContainsSubstring("ips.deny.lst: warning: ") &&
                       ContainsSubstring("(did you mean ip_net.deny.lst?)"));
  CHECK_THAT(text, ContainsSubstring("(did you mean entity.deny.lst?)"));
  CHECK_THAT(text, ContainsSubstring(
                       "foobar.deny.lst: warning: is not read: there is no list of this name\n"));
}
