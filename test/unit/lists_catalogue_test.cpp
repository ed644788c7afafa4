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
  CHECK(ids == Strings{"boxer",
                       "canary",
                       "cleanbox",
                       "easy-mail",
                       "edison-mail",
                       "gmail-fetcher",
                       "gmail-send-as",
                       "gmx-webde-collector",
                       "hubspot",
                       "imap-mail-notifier",
                       "jitbit",
                       "mail-ru",
                       "mailbox-org-collector",
                       "mailtime",
                       "missive",
                       "new-outlook",
                       "newton-smtp",
                       "newton",
                       "nylas",
                       "onpipeline",
                       "outlook-mobile",
                       "polymail",
                       "posteo-migration",
                       "proton-easy-switch",
                       "sanebox",
                       "spark",
                       "spike",
                       "sugar-mail",
                       "unipile",
                       "vk-mail",
                       "yandex-collector",
                       "zoho"});
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
    // What hits others as well is only watched.
    const bool watched = client.id == "newton-smtp" || client.id == "zoho";
    CHECK((client.mode == lists::ClientMode::monitor) == watched);
    CHECK(client.message.empty() != has_rules(book, i));
    CHECK(client.no_rule.empty() == has_rules(book, i));
    CHECK_FALSE(client.confidence.empty());
    const auto text = read_whole_file(catalogue + "/" + client.id + ".client");
    for (const auto* header :
         {"\nPassword: ", "\nEvidence: ", "\nConfidence: ", "\nDate: 20", "\nSource: http"}) {
      CAPTURE(header);
      CHECK(text.find(header) != std::string::npos);
    }
  }
}

TEST_CASE("README.md has each client of the catalogue, with a rule, in monitor mode, or without") {
  const auto readme = read_whole_file(BADCLIENTS_SOURCE_ROOT "/README.md");
  const auto book = lists::read_clients(catalogue);
  const auto row = [&](const std::string& title) {
    const auto begin = readme.find("\n| " + title + " |");
    REQUIRE(begin != std::string::npos);
    return readme.substr(begin, readme.find('\n', begin + 1) - begin);
  };
  const auto ruled = row("with a rule");
  const auto watched = row("with a rule, in monitor mode only");
  const auto others = row("without a rule, and why");
  for (std::uint32_t i = 0; i < book.clients.size(); ++i) {
    const auto& client = book.clients[i];
    CAPTURE(client.id);
    const auto id = "`" + client.id + "`";
    const bool monitor = client.mode == lists::ClientMode::monitor;
    CHECK((ruled.find(id) != std::string::npos) == (has_rules(book, i) && !monitor));
    CHECK((watched.find(id) != std::string::npos) == (has_rules(book, i) && monitor));
    CHECK((others.find(id) != std::string::npos) == !has_rules(book, i));
  }
  const auto listed = std::count(ruled.begin(), ruled.end(), '`') +
                      std::count(watched.begin(), watched.end(), '`') +
                      std::count(others.begin(), others.end(), '`');
  CHECK(listed == 2 * static_cast<std::ptrdiff_t>(book.clients.size()));
  // The log line that it shows.
  const auto where = readme.find("rule=clients/new-outlook.client:");
  REQUIRE(where != std::string::npos);
  const auto line = std::stoul(readme.substr(readme.find(':', where) + 1));
  CHECK(std::any_of(book.client_rules.begin(), book.client_rules.end(), [&](const auto& rule) {
    return book.clients[rule.client].id == "new-outlook" && rule.where.line == line;
  }));
}

TEST_CASE("the catalogue hits every address from which Outlook was seen to log in") {
  std::vector<Row> rows;
  for (const auto* address :
       {"52.96.21.61", "52.96.23.109", "40.97.229.253", "40.100.44.181", "2603:1046:100:22::5",
        "52.96.65.181", "2603:1046:100:19::5", "52.96.202.205", "2603:1036:301:2038::5",
        "2603:1036:307:492e::5", "2603:1036:302:40e7::5", "2603:1026:c03:7417::5",
        "2603:1046:c09:20a6::5", "2603:1046:c01:910::5", "2603:1036:303:448b::5"}) {
    rows.push_back({"seen to send", address, "smtp", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}});
  }
  for (const auto* address : {"52.125.138.56", "52.125.140.1", "52.125.141.1", "52.125.128.0",
                              "52.125.143.255", "52.127.96.0", "52.127.97.255"}) {
    rows.push_back({"on a phone", address, "imap", "", 8075, "MSFT", {"MSFT"}, {"outlook-mobile"}});
  }
  check(rows);
}

TEST_CASE("the catalogue leaves alone what is known to be something else, whatever the service") {
  struct Other {
    const char* what;
    const char* address;
    const char* host;
    std::uint32_t asn;
  };
  const std::vector<Other> others{
      {"Exchange Online delivers", "40.92.0.1", "", 8075},
      {"Exchange Online delivers", "40.107.0.1", "", 8075},
      {"Exchange Online delivers", "52.100.0.1", "", 8075},
      {"Exchange Online delivers", "52.238.78.88", "", 8075},
      {"Exchange Online delivers", "104.47.0.1", "", 8075},
      {"Exchange Online delivers", "2a01:111:f400::1", "", 8075},
      {"Exchange Online delivers", "2a01:111:f403::1", "", 8075},
      {"Teams", "52.112.0.1", "", 8075},
      {"SharePoint", "52.104.0.1", "", 8075},
      {"Office", "52.108.0.1", "", 8075},
      {"Entra", "20.190.128.1", "", 8075},
      {"Entra", "40.126.0.1", "", 8075},
      {"before Outlook mobile's first network", "52.125.127.255", "", 8075},
      {"behind Outlook mobile's first network", "52.125.144.0", "", 8075},
      {"before Outlook mobile's second network", "52.127.95.255", "", 8075},
      {"behind Outlook mobile's second network", "52.127.98.0", "", 8075},
      {"Proton's mail servers", "185.70.43.17", "mail-4317.protonmail.ch", 62371},
      {"Proton's mail servers", "185.70.40.133", "mail-40133.protonmail.ch", 62371},
      {"Proton's mail servers", "185.70.43.102", "mail-43102.protonmail.ch", 62371},
      {"ProtonVPN", "185.159.157.131", "", 62371},
      {"Mail.ru's mail servers", "94.100.177.149", "smtpng3.i.mail.ru", 47764},
      {"Mail.ru's mail servers", "89.221.237.218", "send123.i.mail.ru", 47764},
      {"Mail.ru's mail servers", "79.137.243.75", "fallback21.i.mail.ru", 47764},
      {"Mail.ru's mail servers", "95.163.41.92", "smtp50.i.mail.ru", 47764},
      {"Mail.ru's web", "185.5.136.65", "f394.i.mail.ru", 47764},
      {"Fastmail", "103.168.172.158", "fhigh-a7-smtp.messagingengine.com", 29838},
      {"Fastmail", "103.168.172.150", "fout-a7-smtp.messagingengine.com", 29838},
      {"TU Darmstadt", "130.83.1.1", "host.hrz.tu-darmstadt.de", 8365},
      {"Vodafone", "88.64.1.2", "", 3209},
  };
  std::vector<Row> rows;
  for (const auto& other : others) {
    for (const auto* service : {"imap", "pop3", "smtp", "submission", "sieve"}) {
      rows.push_back({other.what, other.address, service, other.host, other.asn, "NET", {}, {}});
    }
  }
  check(rows);
}

TEST_CASE("the catalogue hits the logins that its clients were found by") {
  check({
      {"New Outlook", "52.97.246.245", "imap", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "52.97.246.245", "smtp", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "40.104.1.2", "pop3", "", 8075, "MSFT", {"MSFT"}, {"new-outlook"}},
      {"New Outlook", "2603:1026:c0a::1", "imap", "", 8075, "MSFT", {}, {"new-outlook"}},
      {"Newton sending, seen in 2017",
       "54.210.254.214",
       "smtp",
       "ec2-54-210-254-214.compute-1.amazonaws.com",
       14618,
       "AMAZON",
       amazon,
       {"newton-smtp"}},
      {"Nylas in the United States",
       "34.67.39.103",
       "imap",
       "",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {"nylas"}},
      {"Nylas in Europe",
       "35.246.81.179",
       "submission",
       "179.81.246.35.bc.googleusercontent.com",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {"nylas"}},
      {"Zoho", "136.143.184.1", "pop3", "", 2639, "ZOHO", {"ZOHO"}, {"zoho"}},
      {"Zoho in India", "169.148.1.1", "pop3", "", 56201, "ZOHO-IN", {}, {"zoho"}},
      {"Zoho in Europe", "185.20.209.1", "pop3", "", 205111, "ZOHO-EU", {}, {"zoho"}},
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
      {"Gmail POP3 by IPv6",
       "2a00:1450:4864:20::429",
       "pop3",
       "mail-wr1-x429.google.com",
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
      // Nylas and Zoho.
      {"beside Nylas' address", "34.67.39.104", "imap", "", 396982, "GOOGL-2", {"GOOGL-2"}, {}},
      {"Nylas' address by another service",
       "34.67.39.103",
       "sieve",
       "",
       396982,
       "GOOGL-2",
       {"GOOGL-2"},
       {}},
      {"Zoho by IMAP", "136.143.184.1", "imap", "", 2639, "ZOHO", {"ZOHO"}, {}},
      // Amazon.
      {"EC2 by POP3",
       "52.23.158.188",
       "pop3",
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
