#include "admin/update/published.hpp"

#include <array>

#include "catch.hpp"

using namespace badclients::admin::update;

namespace {

/// The accepted networks, or the error.
std::string networks(const Reading& reading) {
  if (!reading) return "error: " + reading.error();
  std::string text;
  for (const auto& network : reading->networks) text += (text.empty() ? "" : " ") + network.str();
  return text;
}

template <std::size_t N>
Filter filter(std::string_view text, const std::array<std::string_view, N>& keys) {
  return Filter::parse(text, keys, keys[0]).value();
}

constexpr std::array<std::string_view, 3> aws_keys{"service", "region", "network_border_group"};
constexpr const char* aws = R"({
  "syncToken": "1753388594", "createDate": "2025-07-24-20-23-14",
  "prefixes": [
    {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON",
     "network_border_group": "ap-northeast-2"},
    {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "S3",
     "network_border_group": "ap-northeast-2"},
    {"ip_prefix": "15.181.232.0/21", "region": "us-east-1", "service": "EC2",
     "network_border_group": "us-east-1-iah-1"}],
  "ipv6_prefixes": [
    {"ipv6_prefix": "2600:1f69:7400::/40", "region": "us-east-1", "service": "EC2",
     "network_border_group": "us-east-1"}]})";

}  // namespace

TEST_CASE("AWS's file gives both families, by service, region and border group") {
  CHECK(networks(read_aws(aws, {})) ==
        "3.5.140.0/22 3.5.140.0/22 15.181.232.0/21 2600:1f69:7400::/40");
  CHECK(read_aws(aws, {})->entries == 4);
  const auto with = [](const char* text) {
    return networks(read_aws(aws, filter(text, aws_keys)));
  };
  CHECK(with("service=EC2") == "15.181.232.0/21 2600:1f69:7400::/40");
  CHECK(with("service=EC2,network_border_group=us-east-1-iah-1") == "15.181.232.0/21");
  CHECK(with("service=S3,service=EC2,region=ap-northeast-2") == "3.5.140.0/22");
  CHECK(with("region=mars") == "");
}

TEST_CASE("Google's file gives both families, by service and scope") {
  const auto* google = R"({"syncToken": "1", "creationTime": "2025", "prefixes": [
    {"ipv4Prefix": "34.1.208.0/20", "service": "Google Cloud", "scope": "africa-south1"},
    {"ipv6Prefix": "2600:1900:8000::/44", "service": "Google Cloud", "scope": "africa-south1"},
    {"ipv4Prefix": "34.80.0.0/15", "service": "Google Cloud", "scope": "asia-east1"},
    {"ipv4Prefix": "8.8.8.0/24"}]})";
  constexpr std::array<std::string_view, 2> keys{"service", "scope"};
  CHECK(networks(read_google(google, {})) ==
        "34.1.208.0/20 2600:1900:8000::/44 34.80.0.0/15 8.8.8.0/24");
  CHECK(networks(read_google(google, filter("scope=asia-east1", keys))) == "34.80.0.0/15");
  CHECK(networks(read_google(google, filter("service=Google Cloud", keys))) ==
        "34.1.208.0/20 2600:1900:8000::/44 34.80.0.0/15");
}

TEST_CASE("Azure's file gives the prefixes of service tags, by tag, region and system service") {
  const auto* azure = R"({"changeNumber": 363, "cloud": "Public", "values": [
    {"name": "AzureCloud.westeurope", "id": "AzureCloud.westeurope", "properties": {
      "region": "westeurope", "systemService": "",
      "addressPrefixes": ["13.69.0.0/17", "2603:1020:200::/46"]}},
    {"name": "Sql.WestEurope", "properties": {"region": "westeurope", "systemService": "AzureSQL",
      "addressPrefixes": ["13.69.104.0/26"]}},
    {"name": "ActionGroup", "properties": {"addressPrefixes": []}}]})";
  constexpr std::array<std::string_view, 3> keys{"tag", "region", "systemService"};
  const auto with = [&](const char* text) {
    return networks(read_azure(azure, filter(text, keys)));
  };
  CHECK(networks(read_azure(azure, {})) == "13.69.0.0/17 2603:1020:200::/46 13.69.104.0/26");
  CHECK(with("AzureCloud.westeurope") == "13.69.0.0/17 2603:1020:200::/46");
  CHECK(with("region=westeurope,systemService=AzureSQL") == "13.69.104.0/26");
}

TEST_CASE("Oracle's file gives ranges, by region and by any of their tags") {
  const auto* oracle = R"({"last_updated_timestamp": "2025", "regions": [
    {"region": "us-ashburn-1", "cidrs": [
      {"cidr": "129.80.0.0/16", "tags": ["OCI"]},
      {"cidr": "134.70.24.0/21", "tags": ["OSN", "OBJECT_STORAGE"]}]},
    {"region": "uk-london-1", "cidrs": [{"cidr": "132.145.0.0/16", "tags": ["OCI"]}]}]})";
  constexpr std::array<std::string_view, 2> keys{"region", "tag"};
  const auto with = [&](const char* text) {
    return networks(read_oracle(oracle, filter(text, keys)));
  };
  CHECK(networks(read_oracle(oracle, {})) == "129.80.0.0/16 134.70.24.0/21 132.145.0.0/16");
  CHECK(with("region=us-ashburn-1,tag=OCI") == "129.80.0.0/16");
  CHECK(with("tag=OBJECT_STORAGE") == "134.70.24.0/21");
}

TEST_CASE("Microsoft 365's endpoint sets give both families, by service area") {
  const auto* endpoints = R"([
    {"id": 1, "serviceArea": "Exchange", "urls": ["outlook.office.com"],
     "ips": ["13.107.6.152/31", "2603:1006::/40"], "tcpPorts": "80,443", "category": "Optimize"},
    {"id": 31, "serviceArea": "SharePoint", "ips": ["13.107.136.0/22"]},
    {"id": 9, "serviceArea": "Exchange", "ips": ["40.92.0.0/15"]},
    {"id": 8, "serviceArea": "Exchange", "urls": ["*.outlook.com"]}])";
  constexpr std::array<std::string_view, 2> keys{"serviceArea", "id"};
  CHECK(networks(read_microsoft365(endpoints, {})) ==
        "13.107.6.152/31 2603:1006::/40 13.107.136.0/22 40.92.0.0/15");
  CHECK(networks(read_microsoft365(endpoints, filter("Exchange", keys))) ==
        "13.107.6.152/31 2603:1006::/40 40.92.0.0/15");
  CHECK(networks(read_microsoft365(endpoints, filter("Exchange,id=1", keys))) ==
        "13.107.6.152/31 2603:1006::/40");
}

TEST_CASE("a JSON file of another shape is refused, whatever is missing or wrong") {
  const auto fault = [](const Reading& reading) { return networks(reading); };
  CHECK_THAT(fault(read_aws("<!DOCTYPE html><html>", {})), ContainsSubstring("not JSON"));
  CHECK_THAT(fault(read_aws("", {})), ContainsSubstring("not JSON"));
  CHECK_THAT(fault(read_aws(R"({"prefixes": [{"ip)", {})), ContainsSubstring("not JSON"));
  CHECK_THAT(fault(read_aws("{\"prefixes\": \"\xff\"}", {})), ContainsSubstring("not JSON"));
  CHECK_THAT(fault(read_aws("[1e999999]", {})), ContainsSubstring("error: "));
  CHECK(fault(read_aws("null", {})) == "error: there is no array /prefixes");
  CHECK(fault(read_aws("[]", {})) == "error: there is no array /prefixes");
  CHECK(fault(read_aws(R"({"prefixes": {}})", {})) == "error: there is no array /prefixes");
  CHECK(fault(read_aws(R"({"prefixes": []})", {})) == "error: there is no array /ipv6_prefixes");
  CHECK(fault(read_aws(R"({"prefixes": [7], "ipv6_prefixes": []})", {})) ==
        "error: there is no /prefixes/0/service");
  CHECK(fault(read_aws(R"({"prefixes": [{"service": "EC2", "region": "x", "ip_prefix": 7}]})",
                       {})) == "error: /prefixes/0/ip_prefix is no string");
  CHECK_THAT(
      fault(read_aws(
          R"({"prefixes": [{"service": "EC2", "region": "x", "ip_prefix": "10.0.0.0/33"}]})", {})),
      ContainsSubstring("/prefixes/0/ip_prefix: '10.0.0.0/33' is not a network"));
  CHECK(fault(read_google(R"({"prefixes": [{"scope": "x"}]})", {})) ==
        "error: there is no /prefixes/0/ipv4Prefix");
  CHECK(fault(read_azure(R"({"values": [{"name": "x"}]})", {})) ==
        "error: there is no array /values/0/properties/addressPrefixes");
  CHECK(fault(read_azure(R"({"values": [{"name": "x", "properties": {}}]})", {})) ==
        "error: there is no array /values/0/properties/addressPrefixes");
  CHECK(fault(read_oracle(R"({"regions": [{"region": "x", "cidrs": [{"cidr": "10.0.0.0/8"}]}]})",
                          {})) == "error: there is no array /regions/0/cidrs/0/tags");
  CHECK(fault(read_microsoft365("{}", {})) == "error: the document is no array");
  CHECK(fault(read_microsoft365(R"([{"serviceArea": "x", "ips": "10.0.0.0/8"}])", {})) ==
        "error: there is no array /0/ips");
}

TEST_CASE("what a filter leaves out is looked at nevertheless") {
  const auto* half = R"({"prefixes": [
    {"ip_prefix": "3.5.140.0/22", "region": "a", "service": "EC2"},
    {"ip_prefix": "nonsense", "region": "b", "service": "EC2"}], "ipv6_prefixes": []})";
  CHECK_THAT(networks(read_aws(half, filter("region=a", aws_keys))),
             ContainsSubstring("/prefixes/1/ip_prefix: 'nonsense'"));
}

TEST_CASE("JSON nested without end does not eat the memory") {
  const auto reading = read_aws(std::string(10'000'000, '['), {});
  CHECK(networks(reading) == "error: JSON nested deeper than 16");
}

TEST_CASE("a geofeed is read with its comments, blank and quoted fields") {
  const auto* feed =
      "\xef\xbb\xbf# a geofeed\r\n"
      "2600:3c00::/32,US,US-TX,Richardson,\r\n"
      "\r\n"
      "5.101.96.0/21,NL,NL-NH,Amsterdam,1098 XH # office\n"
      "192.0.2.1,,,,\n"
      "\"5.101.104.0/22\",\"NL\",NL-NH,\"Den Haag, \"\"S\"\"\",\n"
      "  45.33.0.0/17 , us , US-CA , Fremont ,\n"
      "45.33.128.0/17,US";
  constexpr std::array<std::string_view, 3> keys{"country", "region", "city"};
  const auto with = [&](const char* text) {
    return networks(read_geofeed(feed, filter(text, keys)));
  };
  CHECK(networks(read_geofeed(feed, {})) ==
        "2600:3c00::/32 5.101.96.0/21 192.0.2.1/32 5.101.104.0/22 45.33.0.0/17 45.33.128.0/17");
  CHECK(read_geofeed(feed, {})->faults.empty());
  CHECK(with("country=NL") == "5.101.96.0/21 5.101.104.0/22");
  CHECK(with("country=US,city=Fremont") == "45.33.0.0/17");
  CHECK(with("region=us-tx") == "2600:3c00::/32");
  CHECK(networks(read_geofeed("192.0.2.0-192.0.2.255,NL,,,\n", {})) == "192.0.2.0/24");
  CHECK_THAT(read_geofeed("192.0.2.0/24 x,NL,,,\n", {})->faults.at(0).text,
             ContainsSubstring("there is something behind it"));
}

TEST_CASE("a text file is a network a line, and anything behind it is a comment") {
  const auto* text =
      "# mine\n; mine\n-- mine\n// mine\n\n192.0.2.0/24 the office\n2001:db8::/32;vpn\n"
      "\t198.51.100.7\r\n203.0.113.0/24# more\n192.0.2.4 - 192.0.2.9 pool\n"
      "192.0.2.0/255.255.255.0\n";
  CHECK(networks(read_text(text, {})) ==
        "192.0.2.0/24 2001:db8::/32 198.51.100.7/32 203.0.113.0/24 192.0.2.4/30 192.0.2.8/31 "
        "192.0.2.0/24");
  CHECK(read_text("192.0.2.9 - 192.0.2.4\n", {})->faults.at(0).text ==
        "'192.0.2.9 - 192.0.2.4' is not a network: the range ends before it begins (write "
        "192.0.2.4-192.0.2.9)");
}

TEST_CASE("a few bad lines are left out and named, more make the file doubtful") {
  std::string text = "192.0.2.0/24\n192.0.2.0/33\nexample.org\n";
  const auto few = read_text(text, {});
  REQUIRE(few);
  CHECK(networks(few) == "192.0.2.0/24");
  REQUIRE(few->faults.size() == 2);
  CHECK(few->faults[0].line == 2);
  CHECK_THAT(few->faults[0].text, ContainsSubstring("'192.0.2.0/33' is not a network"));
  CHECK(few->faults[1].line == 3);
  for (int i = 0; i < 4; ++i) text += "x\n";
  CHECK_THAT(networks(read_text(text, {})),
             ContainsSubstring("not a list of networks: 6 lines are wrong, the first is line 2: "));
  CHECK_THAT(networks(read_geofeed("a\nb\nc\nd\ne\nf\n", {})),
             ContainsSubstring("not a geofeed: 6 lines are wrong, the first is line 1: "));
}

TEST_CASE("a web page is called one") {
  CHECK(networks(read_geofeed("\n <html>", {})) == "error: a web page, not a geofeed");
  CHECK(networks(read_text("<!DOCTYPE html>", {})) == "error: a web page, not a list");
}

TEST_CASE("no bytes harm the readers") {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 131 + i / 7);
  for (const auto read : {read_aws, read_google, read_azure, read_oracle, read_microsoft365,
                          read_geofeed, read_text}) {
    CHECK_FALSE(read(bytes, {}));
    CHECK_NOTHROW(read(std::string_view{"\0\n\0\"", 4}, {}));
    CHECK_NOTHROW(read("\"", {}));
  }
}
