#include <sys/stat.h>

#include <string>

#include "catch.hpp"
#include "lint_site.hpp"

using Severity = badclients::config::Problem::Severity;

TEST_CASE("an allow entry that lets in nearly everybody is a warning") {
  CHECK(about("ip_net.allow", "0.0.0.0/0") ==
        "warning: 0.0.0.0/0 lets in every IPv4 address, whatever the other lists say\n");
  check_said("warning: ", {{"ip_net.allow", "::/0", {"every IPv6 address"}},
                           {"ip_net.allow", "128.0.0.0/1", {"a large part of all logins"}},
                           {"rev_host.allow", ".*", {"who has one is never refused"}},
                           {"user.allow", ".*", {"nobody is ever refused"}}});
  check_silent("ip_net.allow", {"9.0.0.0/8"});
}

TEST_CASE("an allowed name that the owner of another domain can give to a host is a warning") {
  check_said(
      "warning: ",
      {{"rev_host.allow", ".*example%.org", {"who owns notexample.org (write .*%.example%.org)"}},
       {"rev_host.allow", "mail%..*", {"end it with the domain"}},
       {"rev_host.allow", "mail.example.org", {"its dots stand for any"}},
       {"rev_host.allow", ".*.example.org", {"its dots stand for any"}},
       {"rev_host.allow", "%d+.example%.org", {"its dots stand for any"}}});
  check_silent("rev_host.allow",
               {"'mail.example.org", "mail%.example%.org", ".*%.example%.org", "^.+%.example.org$",
                "%d+%.example%.org", "%d+%-%d+%.example%.org"});
  // Where it refuses, more is refused than was meant, and nobody gets in.
  check_silent("rev_host.deny", {".*example%.org"});
}

TEST_CASE("a block list that does not list what logins are refused for is named") {
  check_said("warning: ", {{"dnsbl.deny",
                            "zen.spamhaus.org",
                            {"users at home", "(write zen.spamhaus.org=127.0.0.[2..9])"}},
                           {"dnsbl.deny", "zen.spamhaus.org=127.0.0.[2..11]", {"at home"}},
                           {"dnsbl.deny", "key.zen.dq.spamhaus.net", {"at home"}},
                           {"dnsbl.deny", "pbl.spamhaus.org", {"at home"}},
                           {"dnsbl.deny", "list.dnswl.org", {"good mail servers"}},
                           {"dnsbl.deny", "spamhaus", {"has no dot"}}});
  check_said("error: ", {{"dnsbl.deny", "dbl.spamhaus.org", {"names of domains"}},
                         {"dnsbl.deny", "multi.uribl.com", {"names of domains"}},
                         {"dnsbl.deny", "dnsbl.sorbs.net", {"never matches"}},
                         {"dnsbl.deny", "127.0.0.2", {"it is an address, and no zone"}}});
  check_silent("dnsbl.deny", {"zen.spamhaus.org=127.0.0.[2..9]", "xbl.spamhaus.org",
                              "bl.example.org", "zen.example.org", "notsorbs.net"});
}

TEST_CASE("block lists asked through a resolver that everybody uses are a warning") {
  const LintSite site;
  site.write("lists/dnsbl.deny.lst", "bl.example.org\nxbl.spamhaus.org\n");
  site.configure("[dns]\nnameserver = 127.0.0.1, 2001:4860:4860::8888\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("dnsbl.deny.lst:1: warning: dnsbl: DNS is asked through "
                                     "2001:4860:4860::8888, which everybody may use"));
  CHECK_THAT(text, ContainsSubstring("0 errors, 1 warning"));
  site.configure("[dns]\nnameserver = 127.0.0.1, 192.0.2.53\n");
  CHECK_THAT(site.text(), ContainsSubstring("0 errors, 0 warnings"));
  site.write("lists/dnsbl.deny.lst", "");
  site.configure("[dns]\nnameserver = 8.8.8.8\n");
  CHECK_THAT(site.text(), ContainsSubstring("0 errors, 0 warnings"));
}

TEST_CASE("a rule that refuses everybody, or everybody on a service, is a warning") {
  const LintSite site;
  site.write("lists/clients/x.client",
             "Name: X\n\nasn!=AS1\nservice=imap\nservice=imap user!=alice\n"
             "service=imap asn!=AS1 user=bob\nuser=alice\nasn=AS1 service!=imap\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("x.client:3: warning: the rule says only which logins it does "
                                     "not refuse: it refuses all others"));
  CHECK_THAT(text, ContainsSubstring("x.client:4: warning: the rule names no app and no network, "
                                     "only a service: it refuses everybody there"));
  CHECK_THAT(text, ContainsSubstring("x.client:5: warning: "));
  CHECK(site.lint().count(Severity::warning) == 3);
}

TEST_CASE("a list that every user may write to is a warning, and so is a sticky folder") {
  const LintSite site;
  site.write("lists/ip_net.deny.lst", "52.96.0.0/14\n");
  site.write("lists/clients/x.client", "Name: X\n\nasn=AS1\n");
  chmod(site.path("lists/ip_net.deny.lst").c_str(), 0666);
  chmod(site.path("lists/clients/x.client").c_str(), 0646);
  chmod(site.path("state").c_str(), 01777);
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("lists/ip_net.deny.lst: warning: every user of this machine "
                                     "may write to it (try: chmod 0644 lists/ip_net.deny.lst)"));
  CHECK_THAT(text, ContainsSubstring("lists/clients/x.client: warning: every user"));
  CHECK_THAT(text, ContainsSubstring("general/state_path: every user of this machine may write"));
  CHECK_THAT(text, ContainsSubstring("0 errors, 3 warnings"));
}

TEST_CASE("a password that every user may read is a warning that does not show it") {
  const LintSite site;
  site.configure("[cache]\nshared = redis://:geheim@127.0.0.1:1/0\n");
  chmod(site.path("conf").c_str(), 0644);
  CHECK_THAT(site.text(),
             ContainsSubstring("warning: cache/shared: every user of this machine may read "
                               "its password in conf") &&
                 ContainsSubstring("chmod 0640 conf") && !ContainsSubstring("geheim"));
  chmod(site.path("conf").c_str(), 0640);
  CHECK_THAT(site.text(), !ContainsSubstring("password"));
  site.configure("[cache]\nshared = redis://127.0.0.1:1/0\n");
  chmod(site.path("conf").c_str(), 0644);
  CHECK_THAT(site.text(), !ContainsSubstring("password"));
}

TEST_CASE("a list that was to let in is not taken for one that refuses") {
  const LintSite site;
  site.write("lists/ip_net.whitelist.lst", "192.0.2.1\n");
  site.write("lists/rev_host-exempt.lst", "x\n");
  site.write("lists/ip_net-deny.lst", "192.0.2.1\n");
  site.write("lists/blacklist.lst", "192.0.2.1\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("ip_net.whitelist.lst: warning: is not read: there is no list "
                                     "of this name (did you mean ip_net.allow.lst?)"));
  CHECK_THAT(text, ContainsSubstring("(did you mean rev_host.allow.lst?)"));
  CHECK_THAT(text, ContainsSubstring("(did you mean ip_net.deny.lst?)"));
  CHECK_THAT(text, ContainsSubstring("(did you mean ip_net, rev_host, asn or dnsbl?)"));
}
