#include "admin/cache.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"

using namespace badclients;
using namespace badclients::admin::cache_command;
using namespace std::chrono_literals;
using config::Service;

namespace {

const facts::Time now{1'751'630'400s};  // 2025-07-04T12:00:00Z

std::vector<budget::ServerState> states() {
  const config::Limit minute{{}, 8, 1min}, day{Service::rdap, 500, 24h};
  std::vector<budget::ServerState> states(4);
  states[0].server = {Service::rdap, "ripencc"};
  states[0].used = {{minute, 2}, {day, 400}};
  states[0].asked_last = now - 125s;
  states[1].server = {Service::whois, "lacnic"};
  states[1].used = {{minute, 8}};
  states[1].full_until = now + 48'200ms;
  states[2].server = {Service::rdap, "lacnic"};
  states[2].used = {{minute, 8}};
  states[2].full_until = now + 48s;
  states[2].closed = {now - 60s, now + 240s, "HTTP status 429 \x1b[2J"};
  states[3].server = {Service::whois, "whois.example:43"};
  return states;
}

}  // namespace

TEST_CASE("cache servers shows a line for each server, which harms no terminal") {
  CHECK(servers_text(states(), now) ==
        "SERVER            BY     ASKED                          LAST       STATE\n"
        "ripencc           rdap   2 of 8/1m, 400 of rdap:500/1d  2 min ago  open\n"
        "lacnic            whois  8 of 8/1m                      -          used up until "
        "2025-07-04T12:00:48Z (49 s)\n"
        "lacnic            rdap   8 of 8/1m                      -          closed until "
        "2025-07-04T12:04:00Z (4 min): HTTP status 429 \\x1b[2J\n"
        "whois.example:43  whois  no limit                       -          open\n");
}

TEST_CASE("cache servers --json says the same for programs") {
  const auto json = servers_json(states());
  const auto& servers = json.at("servers");
  REQUIRE(servers.size() == 4);
  CHECK(servers[0].at("server") == "ripencc");
  CHECK(servers[0].at("service") == "rdap");
  CHECK(servers[0].at("state") == "open");
  CHECK(servers[0].at("limits").size() == 2);
  CHECK(servers[0].at("limits")[1].at("limit") == "rdap:500/1d");
  CHECK(servers[0].at("limits")[1].at("asked") == 400);
  CHECK(servers[0].at("limits")[1].at("most") == 500);
  CHECK(servers[0].at("asked_last") == "2025-07-04T11:57:55Z");
  CHECK(servers[0].at("until").is_null());
  CHECK(servers[1].at("state") == "used_up");
  CHECK(servers[1].at("until") == "2025-07-04T12:00:48Z");
  CHECK(servers[1].at("since").is_null());
  CHECK(servers[1].at("asked_last").is_null());
  CHECK(servers[2].at("state") == "closed");
  CHECK(servers[2].at("since") == "2025-07-04T11:59:00Z");
  CHECK(servers[2].at("until") == "2025-07-04T12:04:00Z");
  CHECK(servers[2].at("reason") == "HTTP status 429 \x1b[2J");
  CHECK(servers[3].at("limits").empty());
}
