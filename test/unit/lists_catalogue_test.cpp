// The catalogue in lists/clients: which logins its rules hit, and which they leave alone.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "places.hpp"
#include "temp_folder.hpp"
#include "verdict_case.hpp"

using namespace badclients;
using Strings = std::vector<std::string>;

namespace {

const std::string catalogue = BADCLIENTS_SOURCE_ROOT "/lists/clients";

/// A login and what the network knows about its address. Without a host: it has no reverse name.
struct Row {
  const char* what;
  const char* address;
  const char* service;
  const char* host;
  std::uint32_t asn;
  const char* net_name;
  Strings entities;
  Strings hit;  // ids of clients
};

facts::Facts facts_of(const Row& row) {
  facts::Facts facts;
  facts::ReverseNames names;
  if (*row.host != '\0') names.push_back({row.host, facts::Confirmed::yes});
  facts.reverse_names = VerdictCase::known(names);
  facts.origin = VerdictCase::known(facts::Origin{{row.asn}, {}, "US", "arin"});
  facts.as_descriptions = {VerdictCase::known(facts::AsDescription{row.asn, "AN-AS Somebody, US"})};
  facts.registration =
      VerdictCase::known(facts::Registration{row.net_name, "US", row.entities, {}});
  return facts;
}

/// Ids of the clients whose rules match, if all of the catalogue is enabled.
Strings hits(const lists::RuleBook& book, const lists::Index& index, const Row& row) {
  const config::Config config;
  lists::PatternMatcher matcher;
  const verdict::Decider decider(index, config, matcher);
  const facts::Login login{"alice", row.service, net::Address::parse(row.address).value(), ""};
  Strings ids;
  for (const auto& match : decider.explain(login, facts_of(row))) {
    for (const auto& client : book.clients) {
      if (client.name == match.client) ids.push_back(client.id);
    }
  }
  return ids;
}

const Strings vk{"EY1327-RIPE",   "ORG-LLCn4-RIPE", "RIPE-NCC-END-MNT",
                 "VKCOMPANY-MNT", "VKNC",           "MAIL-RU"};
const Strings linode{"linode-mnt", "ORG-LL72-RIPE", "TA2589-RIPE", "LAS85-RIPE"};
const Strings google{"GOGL"};
const Strings amazon{"AT-88-Z"};

void check(const std::vector<Row>& rows) {
  const auto book = lists::read_clients(catalogue);
  const auto bytes = lists::compile(book);
  const auto index = lists::Index::over(std::as_bytes(std::span(bytes))).value();
  for (const auto& row : rows) {
    INFO(row.what << ": " << row.service << " from " << row.address);
    CHECK(hits(book, index, row) == row.hit);
  }
}

bool has_rules(const lists::RuleBook& book, std::uint32_t client) {
  return std::any_of(book.client_rules.begin(), book.client_rules.end(),
                     [&](const auto& rule) { return rule.client == client; });
}

}  // namespace

TEST_CASE("every file of the catalogue is read without a problem") {
  const auto book = lists::read_clients(catalogue);
  for (const auto& problem : book.problems) FAIL_CHECK(problem.str());
  Strings ids;
  for (const auto& client : book.clients) ids.push_back(client.id);
  CHECK(ids == Strings{"boxer", "edison-mail", "gmail-fetcher", "gmail-send-as", "mail-ru",
                       "mailtime", "new-outlook", "newton", "proton-easy-switch", "spark",
                       "sugar-mail", "vk-mail"});
}

TEST_CASE("every client of the catalogue says who, what and since when, and rules have a message") {
  const auto book = lists::read_clients(catalogue);
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < book.clients.size(); ++i) {
    const auto& client = book.clients[i];
    CAPTURE(client.id);
    CHECK(names.insert(client.name).second);
    CHECK_FALSE(client.vendor.empty());
    CHECK(client.about.starts_with("https://"));
    CHECK(client.mode == lists::ClientMode::as_configured);
    CHECK(client.message.empty() != has_rules(book, i));
    const auto text = read_whole_file(catalogue + "/" + client.id + ".client");
    for (const auto* header :
         {"\nPassword: ", "\nEvidence: ", "\nDate: 20", "\nSource: https://"}) {
      CAPTURE(header);
      CHECK(text.find(header) != std::string::npos);
    }
  }
}

TEST_CASE("the catalogue hits the logins that its clients were found by") {
  check({
      {"New Outlook", "52.97.246.245", "imap", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "52.97.246.245", "smtp", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "40.104.1.2", "pop3", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "2603:1026:c0a::1", "imap", "", 8075, "MSFT", {}, {"new-outlook"}},
      {"Edison or Newton",
       "52.23.158.188",
       "imap",
       "ec2-52-23-158-188.compute-1.amazonaws.com",
       14618,
       "AMAZON-IAD",
       amazon,
       {"edison-mail", "newton"}},
      {"Newton",
       "3.120.1.1",
       "imap",
       "ec2-3-120-1-1.eu-central-1.compute.amazonaws.com",
       16509,
       "AMAZON-FRA",
       amazon,
       {"newton"}},
      {"Spark",
       "34.89.10.2",
       "imap",
       "2.10.89.34.bc.googleusercontent.com",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {"spark"}},
      {"Mail.ru",
       "176.112.169.218",
       "imap",
       "rimap26.i.mail.ru",
       47764,
       "VK-FRONT",
       vk,
       {"mail-ru"}},
      {"Sugar Mail",
       "139.162.133.252",
       "imap",
       "node-eu-0001.email2-cloud.com",
       63949,
       "EU-LINODE-20141229",
       linode,
       {"sugar-mail"}},
      {"Gmail POP3",
       "209.85.218.15",
       "pop3",
       "mail-ej1-f15.google.com",
       15169,
       "GOOGLE",
       google,
       {"gmail-fetcher"}},
      {"Gmail SMTP",
       "209.85.218.53",
       "smtp",
       "mail-ej1-f53.google.com",
       15169,
       "GOOGLE",
       google,
       {"gmail-send-as"}},
      {"Gmail to submission",
       "209.85.218.53",
       "submission",
       "mail-ej1-f53.google.com",
       15169,
       "GOOGLE",
       google,
       {"gmail-send-as"}},
      {"Proton",
       "185.70.40.1",
       "imap",
       "185-70-40-1.protonmail.ch",
       62371,
       "CH-PROTON",
       {},
       {"proton-easy-switch"}},
  });
}

TEST_CASE("the catalogue hits nobody else") {
  check({
      // Universities and home users.
      {"University of Bonn", "131.220.15.7", "imap", "dhcp7.uni-bonn.de", 680, "BONNET", {}, {}},
      {"MIT", "18.9.22.1", "imap", "host.mit.edu", 3, "MIT", {}, {}},
      {"Telekom",
       "91.0.12.34",
       "imap",
       "p5b000c22.dip0.t-ipconnect.de",
       3320,
       "DTAG-DIAL16",
       {},
       {}},
      {"Vodafone", "88.64.1.2", "smtp", "", 3209, "DE-D2VODAFONE", {}, {}},
      {"Comcast", "73.1.2.3", "imap", "c-73-1-2-3.hsd1.ca.comcast.net", 7922, "CABLE-1", {}, {}},
      {"Russian home user",
       "95.24.1.2",
       "imap",
       "95-24-1-2.broadband.corbina.ru",
       8402,
       "BEELINE",
       {},
       {}},
      {"IPv6 at home", "2003:e1:1::1", "imap", "", 3320, "DTAG", {}, {}},
      // Microsoft: Azure, Bing, the world beside the published networks.
      {"Azure", "20.50.1.2", "imap", "", 8075, "MSFT", {"MSFT"}, {}},
      {"Bing",
       "157.55.39.1",
       "imap",
       "msnbot-157-55-39-1.search.msn.com",
       8075,
       "MSFT",
       {"MSFT"},
       {}},
      {"behind Exchange Online", "52.100.0.1", "imap", "", 8075, "MSFT", {"MSFT"}, {}},
      {"before Exchange Online", "52.95.255.255", "imap", "", 16509, "AMAZON", amazon, {}},
      {"IPv6 behind Exchange Online", "2603:1027::1", "imap", "", 8075, "MSFT", {}, {}},
      // Amazon.
      {"EC2 by SMTP",
       "52.23.158.188",
       "smtp",
       "ec2-52-23-158-188.compute-1.amazonaws.com",
       14618,
       "AMAZON-IAD",
       amazon,
       {}},
      {"EC2 with a name of its own",
       "52.23.158.189",
       "imap",
       "backup.example.edu",
       14618,
       "AMAZON-IAD",
       amazon,
       {}},
      {"EC2 without a name", "52.23.158.190", "imap", "", 14618, "AMAZON-IAD", amazon, {}},
      {"a name like EC2's elsewhere",
       "91.0.12.35",
       "imap",
       "ec2-52-23-158-188.compute-1.amazonaws.com",
       3320,
       "DTAG-DIAL16",
       {},
       {}},
      {"a name that begins like EC2's",
       "52.23.158.191",
       "imap",
       "ec2-52-23-158-191.compute-1.amazonaws.com.example.net",
       14618,
       "AMAZON-IAD",
       amazon,
       {}},
      {"Amazon SES",
       "54.240.8.5",
       "smtp",
       "a8-5.smtp-out.amazonses.com",
       14618,
       "AMAZON",
       amazon,
       {}},
      // Google.
      {"Google Cloud by SMTP",
       "34.89.10.2",
       "smtp",
       "2.10.89.34.bc.googleusercontent.com",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {}},
      {"Google Cloud with a name of its own",
       "34.89.10.3",
       "imap",
       "help.example.edu",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {}},
      {"Google's crawler",
       "66.249.66.1",
       "pop3",
       "crawl-66-249-66-1.googlebot.com",
       15169,
       "GOOGLE",
       google,
       {}},
      {"Google's MX", "142.250.102.26", "pop3", "rb-in-f26.1e100.net", 15169, "GOOGLE", google, {}},
      {"Google without a name", "142.250.1.1", "pop3", "", 15169, "GOOGLE", google, {}},
      {"Google's proxies",
       "66.102.9.1",
       "imap",
       "google-proxy-66-102-9-1.google.com",
       15169,
       "GOOGLE",
       google,
       {}},
      {"Gmail's hosts by IMAP",
       "209.85.218.15",
       "imap",
       "mail-ej1-f15.google.com",
       15169,
       "GOOGLE",
       google,
       {}},
      {"a name like Gmail's elsewhere",
       "139.162.1.2",
       "pop3",
       "mail-ej1-f15.google.com",
       63949,
       "LINODE",
       linode,
       {}},
      // VK and Mail.ru.
      {"VK's web", "87.240.132.67", "imap", "srv67-132-240-87.vk.com", 47541, "VK-FRONT", vk, {}},
      {"Mail.ru's web", "217.69.139.200", "imap", "mail.ru", 47764, "VK-FRONT", vk, {}},
      {"Mail.ru's mail servers",
       "94.100.180.31",
       "smtp",
       "fallback1.mail.ru",
       47764,
       "VK-FRONT",
       vk,
       {}},
      {"a name like Mail.ru's elsewhere",
       "95.24.1.3",
       "imap",
       "rimap26.i.mail.ru",
       8402,
       "BEELINE",
       {},
       {}},
      // Linode.
      {"somebody's VPS",
       "139.162.133.253",
       "imap",
       "139-162-133-253.ip.linodeusercontent.com",
       63949,
       "EU-LINODE-20141229",
       linode,
       {}},
      {"somebody's mail server",
       "139.162.133.254",
       "imap",
       "mail.example.org",
       63949,
       "EU-LINODE-20141229",
       linode,
       {}},
      {"a name like Sugar Mail's elsewhere",
       "91.0.12.36",
       "imap",
       "node-eu-0001.email2-cloud.com",
       3320,
       "DTAG-DIAL16",
       {},
       {}},
      {"a name that ends like Sugar Mail's",
       "139.162.133.251",
       "imap",
       "notemail2-cloud.com",
       63949,
       "EU-LINODE-20141229",
       linode,
       {}},
      // Proton.
      {"Proton's mail servers",
       "185.70.43.16",
       "imap",
       "mail-4316.protonmail.ch",
       62371,
       "CH-PROTON",
       {},
       {}},
      {"Proton's importer by SMTP",
       "185.70.40.1",
       "smtp",
       "185-70-40-1.protonmail.ch",
       62371,
       "CH-PROTON",
       {},
       {}},
  });
}

TEST_CASE("what could not be had is hit by no rule of the catalogue but New Outlook's") {
  const auto book = lists::read_clients(catalogue);
  const auto bytes = lists::compile(book);
  const auto index = lists::Index::over(std::as_bytes(std::span(bytes))).value();
  const config::Config config;
  lists::PatternMatcher matcher;
  const verdict::Decider decider(index, config, matcher);
  for (const auto* address : {"209.85.218.15", "139.162.133.252", "52.23.158.188"}) {
    for (const auto* service : {"imap", "pop3", "smtp"}) {
      const facts::Login login{"alice", service, net::Address::parse(address).value(), ""};
      CHECK(decider.explain(login, {}).empty());
    }
  }
  const facts::Login login{"alice", "imap", net::Address::parse("52.97.246.245").value(), ""};
  CHECK(decider.explain(login, {}).size() == 1);
}
