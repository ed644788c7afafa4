#include "catch.hpp"
#include "lint_site.hpp"

using Severity = badclients::config::Problem::Severity;

TEST_CASE("settings that are valid and hardly meant are warnings") {
  const LintSite site;
  const auto said = [&](const char* setting) {
    site.configure(setting);
    INFO(setting);
    CHECK(site.lint().count(Severity::error) == 0);
    return site.text();
  };
  CHECK_THAT(said("ignore_networks = 192.0.2.0/24, 0.0.0.0/0\n"),
             ContainsSubstring("conf: warning: general/ignore_networks: 0.0.0.0/0 is all IPv4 "
                               "addresses: none of them is refused or logged"));
  CHECK_THAT(said("ignore_networks = 2000::/3\n"), ContainsSubstring("a large part of all"));
  CHECK_THAT(said("ignore_networks = 10.0.0.0/8, 2001:db8::/32\n"),
             ContainsSubstring("0 warnings"));
  CHECK_THAT(said("deny_message = \"Not from there.\"\n"),
             ContainsSubstring("users get the quotes, too: write it without them"));
  CHECK_THAT(said("deny_message = Zur\xfc"
                  "ck\n"),
             ContainsSubstring("it is not UTF-8"));
  CHECK_THAT(said("deny_message = Zurück \"hier\"\n"), ContainsSubstring("0 warnings"));
  for (const auto* all : {"all", "*", "any"}) {
    const auto setting = std::string("disabled_services = ") + all + "\n";
    CHECK_THAT(said(setting.c_str()), ContainsSubstring("(write their names: imap, pop3, "));
  }
  CHECK_THAT(said("[rdap]\narin = https://rdap.arin.net/registry/ip/\n"),
             ContainsSubstring("rdap/arin: ip/ADDRESS is appended (write "
                               "https://rdap.arin.net/registry/)"));
}

TEST_CASE("a value in quotes, and a part of a key's name, are errors that say what to write") {
  const LintSite site;
  site.configure("mode = 'monitor'\n[whois]\nripe = whois.ripe.net\n[maxmind]\nasn = x.mmdb\n");
  const auto text = site.text();
  CHECK_THAT(text, ContainsSubstring("general/mode: ''monitor'' is none of enforce, monitor (write "
                                     "it without quotes): mode counts as monitor"));
  CHECK_THAT(text, ContainsSubstring("'ripe' is no key of [whois] (did you mean ripencc?)"));
  CHECK_THAT(text, ContainsSubstring("'asn' is no key of [maxmind] (did you mean geo_asn?)"));
}

TEST_CASE("a secret that badclients-policy cannot use is an error, and a good one none") {
  const LintSite site;
  site.write("secret", "s3cret\n");
  site.configure("[policy]\nsecret_file = secret\n");
  std::filesystem::permissions(site.path("secret"), std::filesystem::perms(0644));
  CHECK_THAT(site.text(), ContainsSubstring("error: policy/secret_file: secret: its mode is 0644"));
  std::filesystem::permissions(site.path("secret"), std::filesystem::perms(0600));
  CHECK_THAT(site.text(), !ContainsSubstring("secret"));
  std::filesystem::remove(site.path("secret"));
  CHECK_THAT(site.text(),
             ContainsSubstring("conf:7: error: policy/secret_file: secret: No such file or "
                               "directory (try: badclientsctl setup makes it; if Dovecot does not "
                               "use the policy door, take this line out)"));
}

TEST_CASE("the secret of the example is an error that says how to make another") {
  const LintSite site;
  site.write("secret", "CHANGE-ME\n");
  site.configure("[policy]\nsecret_file = secret\n");
  std::filesystem::permissions(site.path("secret"), std::filesystem::perms(0600));
  CHECK_THAT(site.text(), ContainsSubstring("conf:7: error: policy/secret_file: secret holds "
                                            "CHANGE-ME, the text of the example, which everybody "
                                            "knows (try: openssl rand -hex 32 >secret, and"));
}
