#include "admin/update/source.hpp"

#include "catch.hpp"

using namespace badclients::admin::update;

namespace {

std::string canonical(std::string_view text) {
  const auto source = parse_source(text);
  return source ? source->str() : "error: " + source.error();
}

}  // namespace

TEST_CASE("a publisher that is known needs no URL") {
  CHECK(canonical("google") == "google https://www.gstatic.com/ipranges/cloud.json");
  CHECK(canonical(" Linode ") == "linode https://geoip.linode.com/");
  CHECK(canonical("aws:service=EC2,region=us-east-1") ==
        "aws:service=EC2,region=us-east-1 https://ip-ranges.amazonaws.com/ip-ranges.json");
  CHECK(canonical("microsoft365:Exchange") ==
        "microsoft365:serviceArea=Exchange https://endpoints.office.com/endpoints/worldwide");
  for (const auto& provider : providers()) {
    if (!provider.url.empty()) CHECK(provider.url.starts_with("https://"));
  }
}

TEST_CASE("a URL takes the place of the publisher's own") {
  CHECK(canonical("aws https://localhost:8443/ip-ranges.json") ==
        "aws https://localhost:8443/ip-ranges.json");
  CHECK(canonical("linode:city=Cedar Knolls,country=US https://example.org/feed") ==
        "linode:city=\"Cedar Knolls\",country=US https://example.org/feed");
  CHECK(canonical("azure:AzureCloud.westeurope\thttps://download.example/ServiceTags.json") ==
        "azure:tag=AzureCloud.westeurope https://download.example/ServiceTags.json");
}

TEST_CASE("what a source is written as can be read again") {
  for (const auto* text : {"oracle:tag=OCI", "text https://example.org/a?b=c,d:e",
                           "geofeed:city=\"a, b\" https://example.org/"}) {
    const auto once = canonical(text);
    CHECK(canonical(once) == once);
  }
}

TEST_CASE("a publisher without a URL of its own asks for one") {
  CHECK_THAT(canonical("azure:AzureCloud"),
             ContainsSubstring("azure:AzureCloud needs a URL behind it (Microsoft changes it"));
  CHECK_THAT(canonical("geofeed"), ContainsSubstring("geofeed needs a URL"));
  CHECK_THAT(canonical("text"), ContainsSubstring("text needs a URL"));
}

TEST_CASE("what is no source is refused with those that are") {
  CHECK(canonical("awz") ==
        "error: 'awz' is no source (known are: aws, azure, digitalocean, geofeed, google, linode, "
        "microsoft365, oracle, text)");
  CHECK_THAT(canonical(""), ContainsSubstring("'' is no source"));
  CHECK_THAT(canonical("https://example.org/list"), ContainsSubstring("'' is no source"));
  CHECK(canonical("google:region=x") ==
        "error: google: 'region=x' is no filter KEY=VALUE (known are: service, scope)");
  CHECK_THAT(canonical("text:a=b https://example.org/"), ContainsSubstring("none for this source"));
  CHECK_THAT(canonical("aws:"), ContainsSubstring("known are: service, region"));
}

TEST_CASE("only https is good enough, and no secret may stand in a URL") {
  CHECK_THAT(canonical("aws http://example.org/"), ContainsSubstring("is not https"));
  CHECK_THAT(canonical("text file:///etc/passwd"), ContainsSubstring("is not https"));
  CHECK_THAT(canonical("text https://alice:secret@example.org/"),
             ContainsSubstring("has a user name or password"));
  CHECK_THAT(canonical("text https://"), ContainsSubstring("is no URL"));
  CHECK_THAT(canonical("text https://example.org:99999/"), ContainsSubstring("is no URL"));
}

TEST_CASE("Microsoft 365 alone is told which machine asks") {
  const auto url = [](const char* text) { return request_url(*parse_source(text), "ID"); };
  CHECK(url("microsoft365") ==
        "https://endpoints.office.com/endpoints/worldwide?clientrequestid=ID");
  CHECK(url("microsoft365 https://example.org/?NoIPv6=true") ==
        "https://example.org/?NoIPv6=true&clientrequestid=ID");
  CHECK(url("microsoft365 https://example.org/?ClientRequestId=mine") ==
        "https://example.org/?ClientRequestId=mine");
  CHECK(url("google") == "https://www.gstatic.com/ipranges/cloud.json");
}
