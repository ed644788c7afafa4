#include "network/transport/url.hpp"

#include "catch.hpp"

using badclients::network::Url;

namespace {

std::string canonical(std::string_view text) {
  const auto url = Url::parse(text);
  return url ? url->str() : "none";
}

}  // namespace

TEST_CASE("a URL is read") {
  CHECK(*Url::parse("https://rdap.arin.net/registry/ip/192.0.2.1?x=1#y") ==
        Url{true, "rdap.arin.net", 443, "/registry/ip/192.0.2.1?x=1"});
  CHECK(*Url::parse("http://[2001:db8::1]:8080") == Url{false, "2001:db8::1", 8080, "/"});
  CHECK(canonical("HTTPS://RDAP.example.NET/Path") == "https://rdap.example.net/Path");
  CHECK(canonical("https://a:443/") == "https://a/");
  CHECK(canonical("https://a:80/") == "https://a:80/");
  CHECK(canonical("http://a:80?q") == "http://a/?q");
  CHECK(canonical("https://[2001:db8::1]:8443/x") == "https://[2001:db8::1]:8443/x");
  CHECK(Url::parse("https://127.0.0.1:8443/")->site() == "127.0.0.1:8443");
}

TEST_CASE("what is no plain web URL is refused") {
  for (const auto* text : {"",
                           "https://",
                           "https:///x",
                           "ftp://a/",
                           "//a/",
                           "/x",
                           "https://a b/",
                           "https://a/\n",
                           "https://a/\xff",
                           "https://user@a/",
                           "https://user:pw@a/",
                           "https://a:0/",
                           "https://a:99999/",
                           "https://a:/",
                           "https://a:x/",
                           "https://[::1/",
                           "https://[a]/",
                           "https://[1.2.3.4]/",
                           "https://a\\b/",
                           "javascript:alert(1)"}) {
    INFO(text);
    CHECK(canonical(text) == "none");
  }
  CHECK(canonical("https://a/" + std::string(3000, 'x')) == "none");
}
