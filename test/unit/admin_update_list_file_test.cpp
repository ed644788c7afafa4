#include "admin/update/list_file.hpp"

#include "catch.hpp"

using namespace badclients::admin::update;
using badclients::net::Network;

namespace {

std::string place(std::string_view text) {
  const auto target = parse_target(text);
  return target ? target->name + " -> " + target->folder + "/" + target->file
                : "error: " + target.error();
}

const ListFile example{"google https://www.gstatic.com/ipranges/cloud.json",
                       "2025-07-04T12:00:00Z",
                       7,
                       {*Network::parse("8.8.8.0/24"), *Network::parse("2600:1900::/28")}};

}  // namespace

TEST_CASE("a list goes among the denied networks unless it says where") {
  CHECK(place("new-outlook") == "new-outlook -> ip_net.deny.d/new-outlook.lst");
  CHECK(place("ip_net.deny.d/new-outlook.lst") == "new-outlook -> ip_net.deny.d/new-outlook.lst");
  CHECK(place("a.b_C-9") == "a.b_C-9 -> ip_net.deny.d/a.b_C-9.lst");
  CHECK(place("ip_net.allow.d/own.lst") == "ip_net.allow.d/own.lst -> ip_net.allow.d/own.lst");
  CHECK(place("clients/data/edison.net") == "clients/data/edison.net -> clients/data/edison.net");
}

TEST_CASE("a list goes nowhere else") {
  for (const auto* text :
       {"",
        ".",
        "..",
        ".hidden",
        "a b",
        "a;b",
        "/etc/passwd",
        "../x",
        "ip_net.deny.d/../x.lst",
        "ip_net.deny.d/x",
        "ip_net.deny.d/x.net",
        "ip_net.deny.d/.lst",
        "ip_net.deny.d/",
        "clients/data/x.lst",
        "clients/x.net",
        "rev_host.deny.d/x.lst",
        "/x",
        "x/",
        "a\nb",
        "0123456789012345678901234567890123456789012345678901234567890123456789"}) {
    INFO(text);
    CHECK_THAT(place(text), ContainsSubstring("is no place for a list (try NAME"));
  }
}

TEST_CASE("a list says where it comes from, when, and of how much") {
  CHECK(example.str() ==
        "# written by badclientsctl update; do not edit\n"
        "# source: google https://www.gstatic.com/ipranges/cloud.json\n"
        "# written: 2025-07-04T12:00:00Z\n"
        "# networks: 7 published, 2 after aggregation\n"
        "8.8.8.0/24\n"
        "2600:1900::/28\n");
}

TEST_CASE("a list is read as it was written") {
  const auto list = parse_list(example.str());
  CHECK(list.ours);
  CHECK_FALSE(list.edited);
  CHECK(list.source == example.source);
  CHECK(list.networks == example.networks);
}

TEST_CASE("what somebody did to a list is noticed") {
  CHECK(parse_list(example.str() + "9.9.9.9\n").edited);
  CHECK(parse_list(example.str() + "not a network\n").edited);
  CHECK(parse_list(example.str() + "\n").edited);
  CHECK(parse_list(example.str() + "2600:1900::/28\n").edited);
  CHECK_FALSE(parse_list("8.8.8.0/24\n").ours);
  CHECK_FALSE(parse_list("").ours);
  CHECK(parse_list("9.9.9.9\n8.8.8.8").networks.front().str() == "8.8.8.8/32");
}
