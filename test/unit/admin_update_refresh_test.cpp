#include "admin/update/refresh.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <regex>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::admin::update;
using badclients::net::Address;
using Kind = Outcome::Kind;

namespace {

/// list_path and state_path of a host, and a server that answers with `response`.
struct Host {
  TempFolder folder;
  Job job;
  Surroundings around;
  tl::expected<Response, std::string> response;
  Request asked;

  explicit Host(const std::string& list = "cloud",
                const std::string& source = "text https://example.org/list")
      : job{parse_target(list).value(), parse_source(source).value()} {
    around.list_path = folder / "lists";
    around.state_path = folder / "state";
    std::filesystem::create_directory(around.list_path);
    std::filesystem::create_directory(around.state_path);
    around.now = "2025-07-04T12:00:00Z";
    around.own_addresses = {*Address::parse("198.41.0.4")};
    around.fetch = [this](const Request& request) {
      asked = request;
      return response;
    };
  }

  [[nodiscard]] std::string path() const { return path_of(job.target, around.list_path); }
  [[nodiscard]] std::string list() const { return read_whole_file(path()); }
  tl::expected<Outcome, std::string> serve(const std::string& body, Validators validators = {}) {
    response = Response{false, body, std::move(validators)};
    return refresh(job, around);
  }
  Outcome good(const std::string& body, Validators validators = {}) {
    auto outcome = serve(body, std::move(validators));
    INFO((outcome ? "" : outcome.error()));
    REQUIRE(outcome);
    return *outcome;
  }
  std::string refused(const std::string& body) {
    const auto outcome = serve(body);
    REQUIRE_FALSE(outcome);
    return outcome.error();
  }
};

std::string networks(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("8.{}.0.0/17\n", i);
  return text;
}

const auto published = "8.8.8.0/25\n8.8.8.128/25\n8.8.4.0/24\n8.8.8.1\n";

}  // namespace

TEST_CASE("a list is made of what is published, aggregated, with its folders") {
  for (const auto* name : {"cloud", "clients/data/cloud.net", "ip_net.allow.d/cloud.lst"}) {
    Host host(name);
    const auto outcome = host.good(published);
    CHECK(outcome.kind == Kind::written);
    CHECK(outcome.published == 4);
    CHECK(outcome.networks == 2);
    CHECK(outcome.difference.text(9) == "+8.8.4.0/24\n+8.8.8.0/24\n");
    CHECK(outcome.warnings.empty());
    CHECK(outcome.path == host.path());
    CHECK_THAT(host.list(), ContainsSubstring("2 after aggregation\n8.8.4.0/24\n8.8.8.0/24\n"));
  }
}

TEST_CASE("a list that would not change is not touched") {
  Host host;
  host.good(published);
  const auto before = host.list();
  host.around.now = "2025-07-05T12:00:00Z";
  const auto outcome = host.good("8.8.8.0/24\n8.8.4.0/24\n");
  CHECK(outcome.kind == Kind::same);
  CHECK(outcome.difference.none());
  CHECK(host.list() == before);
}

TEST_CASE("a list that changed is replaced, and the difference told") {
  Host host;
  host.good(published);
  const auto outcome = host.good("8.8.8.0/24\n8.8.6.0/24\n");
  CHECK(outcome.kind == Kind::written);
  CHECK(outcome.difference.text(9) == "-8.8.4.0/24\n+8.8.6.0/24\n");
  CHECK_THAT(host.list(), ContainsSubstring("aggregation\n8.8.6.0/24\n8.8.8.0/24\n"));
}

TEST_CASE("a list that somebody edited is put right") {
  Host host;
  host.good(published);
  const auto before = host.list();
  std::ofstream{host.path(), std::ios::app} << "9.9.9.9 # mine\n";
  CHECK(host.good(published).kind == Kind::written);
  CHECK(host.list() == before);
}

TEST_CASE("a dry run writes nothing, not even folders") {
  Host host;
  host.around.dry_run = true;
  const auto outcome = host.good(published);
  CHECK(outcome.kind == Kind::written);
  CHECK(outcome.difference.added.size() == 2);
  CHECK(std::filesystem::is_empty(host.around.list_path));
  CHECK(std::filesystem::is_empty(host.around.state_path));
}

TEST_CASE("only what is newer is asked for, as long as the list is what was made of it") {
  const Validators version{"\"v1\"", "Thu, 24 Jul 2025 20:23:14 GMT"};
  Host host;
  host.good(published, version);
  CHECK(host.asked.validators.empty());

  host.response = Response{true, {}, {}};
  const auto outcome = refresh(host.job, host.around);
  REQUIRE(outcome);
  CHECK(host.asked.validators == version);
  CHECK(outcome->kind == Kind::not_modified);
  CHECK(outcome->networks == 2);

  SECTION("an edited list is fetched again") {
    std::ofstream{host.path(), std::ios::app} << "9.9.9.9\n";
    host.good(published, version);
    CHECK(host.asked.validators.empty());
  }
  SECTION("a list that is gone is fetched again") {
    std::filesystem::remove(host.path());
    CHECK(host.good(published, version).kind == Kind::written);
    CHECK(host.asked.validators.empty());
  }
  SECTION("another source is fetched whole") {
    host.job.source = parse_source("geofeed https://example.org/list").value();
    host.good(published, version);
    CHECK(host.asked.validators.empty());
    CHECK_THAT(host.list(), ContainsSubstring("# source: geofeed https://example.org/list\n"));
  }
  SECTION("the version is remembered where it changed and the networks did not") {
    CHECK(host.good(published, {"\"v2\"", ""}).kind == Kind::same);
    host.good(published);
    CHECK(host.asked.validators == Validators{"\"v2\"", ""});
  }
}

TEST_CASE("where nothing can be remembered the list is written all the same") {
  Host host;
  std::filesystem::remove(host.around.state_path);
  const auto outcome = host.good(published);
  CHECK(outcome.kind == Kind::written);
  REQUIRE(outcome.warnings.size() == 1);
  CHECK_THAT(outcome.warnings[0], ContainsSubstring("fetch the whole file again"));
}

TEST_CASE("Microsoft is always told the same identity of this machine") {
  Host host("new-outlook", "microsoft365:Exchange");
  const auto* body = R"([{"serviceArea": "Exchange", "ips": ["13.107.6.152/31"]}])";
  host.good(body);
  const auto first = host.asked.url;
  static const std::regex random{
      ".*/worldwide[?]clientrequestid=[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
      "[0-9a-f]{12}"};
  CHECK(std::regex_match(first, random));
  host.good(body);
  CHECK(host.asked.url == first);
  CHECK_THAT(host.list(), ContainsSubstring("office.com/endpoints/worldwide\n"));
}

TEST_CASE("a file that looks wrong is refused, and the list stays as it was") {
  Host host;
  host.good(networks(90));
  const auto before = host.list();

  CHECK_THAT(host.refused("<html>"), ContainsSubstring("https://example.org/list: not what text "
                                                       "publishes: a web page"));
  CHECK_THAT(host.refused(""), ContainsSubstring("it has no network at all"));
  CHECK_THAT(host.refused("# only\n# comments\n"), ContainsSubstring("it has no network at all"));
  CHECK_THAT(host.refused(networks(59)), ContainsSubstring("fewer than two thirds"));
  CHECK_THAT(host.refused(networks(90) + "0.0.0.0/0\n"), ContainsSubstring("0.0.0.0/0"));
  CHECK_THAT(host.refused(networks(90) + "0.0.0.0/1\n128.0.0.0/1\n"),
             ContainsSubstring("0.0.0.0/0"));
  CHECK_THAT(host.refused(networks(90) + "::/0\n"), ContainsSubstring("::/0"));
  CHECK_THAT(host.refused(networks(90) + "192.168.7.0/24\n"),
             ContainsSubstring("special-purpose block (Private-Use Networks)"));
  CHECK_THAT(host.refused(networks(90) + "198.41.0.0/24\n"),
             ContainsSubstring("this host's own address 198.41.0.4"));
  host.response = tl::unexpected(std::string("the server answered with HTTP status 503"));
  CHECK(refresh(host.job, host.around).error() ==
        "https://example.org/list: the server answered with HTTP status 503");

  CHECK(host.list() == before);
  CHECK(host.good(networks(60)).kind == Kind::written);
}

TEST_CASE("a filter that leaves nothing is refused") {
  Host host("cloud", "geofeed:country=XX https://example.org/list");
  CHECK(host.refused("8.8.8.0/24,US,,,\n8.8.4.0/24,US,,,\n") ==
        "https://example.org/list: the filter country=XX leaves none of its 2 networks");
  CHECK(std::filesystem::is_empty(host.around.list_path));
}

TEST_CASE("force accepts a list that shrank, and nothing else") {
  Host host;
  host.good(networks(90));
  host.around.force = true;
  CHECK(host.good(networks(10)).kind == Kind::written);
  CHECK_THAT(host.refused("0.0.0.0/0\n"), ContainsSubstring("wider than"));
  CHECK_THAT(host.refused("10.0.0.0/8\n"), ContainsSubstring("special-purpose"));
  CHECK_THAT(host.refused("198.41.0.4\n"), ContainsSubstring("own address"));
  CHECK_THAT(host.refused(""), ContainsSubstring("no network at all"));
}

TEST_CASE("a list that was made by hand is not overwritten, unless by force") {
  Host host;
  std::filesystem::create_directory(host.around.list_path + "/ip_net.deny.d");
  std::ofstream{host.path()} << "9.9.9.9 # mine\n";
  CHECK_THAT(host.refused(published), ContainsSubstring("not written by badclientsctl update"));
  CHECK(host.asked.url.empty());
  CHECK(host.list() == "9.9.9.9 # mine\n");
  host.around.force = true;
  CHECK(host.good(published).difference.text(9) == "+8.8.4.0/24\n+8.8.8.0/24\n-9.9.9.9/32\n");
}

TEST_CASE("a few bad lines are left out and named with the file and line") {
  Host host;
  const auto outcome = host.good("8.8.8.0/24\n8.8.8.0/33\n");
  REQUIRE(outcome.warnings.size() == 1);
  CHECK_THAT(outcome.warnings[0],
             ContainsSubstring("https://example.org/list:2: '8.8.8.0/33' is not a network"));
  CHECK(outcome.networks == 1);
}

TEST_CASE("what is in the way of a list is named") {
  Host host;
  std::ofstream{host.around.list_path + "/ip_net.deny.d"} << "a file";
  CHECK_THAT(host.refused(published), ContainsSubstring("lists/ip_net.deny.d: Not a directory"));
}
