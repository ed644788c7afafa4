#include "logs/fields.hpp"

#include "audit/line.hpp"
#include "catch.hpp"

using namespace badclients;
using namespace std::chrono_literals;

namespace {

const std::string header = "Nov 21 23:12:04 mail dovecot: auth: Info: ";

struct Read {
  std::string name, value;
  bool none, cut, brackets;
};

/// The fields of a line, with values of their own.
struct Record {
  bool maxmind = false;
  std::vector<Read> fields;

  [[nodiscard]] const Read* find(std::string_view name) const {
    for (const auto& field : fields) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }
  [[nodiscard]] std::string value(std::string_view name) const {
    const auto* field = find(name);
    return field == nullptr || field->none ? std::string() : field->value;
  }
};

std::optional<Record> parse(const std::string& line) {
  const auto found = logs::split(line);
  std::vector<logs::Field> fields;
  if (!found || !logs::read_fields(found->fields, fields)) return std::nullopt;
  Record record{found->maxmind, {}};
  for (const auto& field : fields) {
    record.fields.push_back(
        {std::string(field.name), field.value(), field.none(), field.cut, field.brackets});
  }
  return record;
}

}  // namespace

TEST_CASE("what stands behind took is read back, too") {
  const facts::Login login{"alice", "imap", std::nullopt, "", "EvlKSSRhnp00Yfb1", "b>o,b"};
  const auto line = audit::prepare(login, {}, {}).text(1ms, "held up, error=<x>: y");
  const auto record = parse(header + line).value();
  CHECK(record.value("session") == "EvlKSSRhnp00Yfb1");
  CHECK(record.value("master") == "b>o,b");
  CHECK(record.fields.back().name == "error");
  CHECK(record.fields.back().value == "held up, error=<x>: y");
}

TEST_CASE("an audit line is read back, whatever bytes are in it") {
  facts::Login login;
  for (int byte = 1; byte < 256; ++byte) login.user += static_cast<char>(byte);
  login.service = "im ap, x=<1>";
  login.address = net::Address::parse("52.97.246.245").value();
  login.client_id = "\"name\" \"Out\\look>, blocked=True\n\"";
  facts::Verdict verdict;
  verdict.decision = facts::Verdict::Decision::deny;
  verdict.matched = "client";
  verdict.rule = "clients/a b.client:3";
  verdict.client = "Gmail <\"send as\">";
  facts::Facts facts;
  facts.registration.knowledge = facts::Knowledge::known;
  facts.registration.value = {"NET", "", {"A", "B"}, {}};

  login.user.resize(100);  // what is longer is cut
  const auto record = parse(header + audit::line(login, facts, verdict, 1ms) + "\n");
  REQUIRE(record.has_value());
  CHECK_FALSE(record->maxmind);
  CHECK(record->value("user") == login.user);
  CHECK(record->value("service") == login.service);
  CHECK(record->value("ip") == "52.97.246.245");
  CHECK(record->value("asn").empty());
  CHECK(record->find("asn")->none);
  CHECK(record->value("blocked") == "True");
  CHECK(record->value("rule") == verdict.rule);
  CHECK(record->value("client") == verdict.client);
  CHECK(record->value("client_id") == login.client_id);
  CHECK(record->find("took")->value == "1.0ms");
  CHECK(record->find("nothing") == nullptr);

  std::vector<std::string> entities;
  for (const auto& field : record->fields) {
    if (field.name == "entity") entities.push_back(field.value);
  }
  CHECK(entities == std::vector<std::string>{"A", "B"});
}

TEST_CASE("every byte of a value comes back") {
  for (int byte = 1; byte < 256; ++byte) {
    facts::Login login;
    login.user = std::string("a") + static_cast<char>(byte) + "b";
    login.client_id = login.user;
    CAPTURE(byte);
    const auto record = parse(audit::line(login, {}, {}, 1ms));
    REQUIRE(record.has_value());
    CHECK(record->value("user") == login.user);
    CHECK(record->value("client_id") == login.user);
  }
}

TEST_CASE("a value that was cut says so") {
  facts::Login login;
  login.user = std::string(5000, 'x');
  const auto record = parse(audit::line(login, {}, {}, 1ms));
  REQUIRE(record.has_value());
  CHECK(record->find("user")->cut);
  CHECK(record->value("user").find_first_not_of('x') == std::string_view::npos);
  CHECK_FALSE(record->find("service")->cut);
}

TEST_CASE("the original's lines are read") {
  const auto record = parse(
      "Mai 06 04:20:25 honeypot dovecot[70754]: auth-worker(90054): mail-audit: "
      "user=<honey-sugar>, service=imap, ip=139.162.133.252, host=node-eu-0001.email2-cloud.com, "
      "asn=AS63949, as_cc=NL, as_desc=<AKAMAI-LINODE-AP Akamai Connected Cloud, SG>, "
      "net_name=<EU-LINODE-20141229>, net_cc=US, entity=linode-mnt, entity=ORG-LL72-RIPE");
  REQUIRE(record.has_value());
  CHECK(record->value("as_desc") == "AKAMAI-LINODE-AP Akamai Connected Cloud, SG");
  CHECK(record->fields.size() == 11);
}

TEST_CASE("the line about GeoIP is told apart") {
  const auto record = parse("x: mail-audit-maxmind: user=<a>, service=imap, city=</>, lat=1.5");
  REQUIRE(record.has_value());
  CHECK(record->maxmind);
  CHECK(record->value("lat") == "1.5");
}

TEST_CASE("no reverse name is a text, an unknown one is none") {
  CHECK(parse("mail-audit: user=<a>, host=<>")->find("host")->brackets);
  CHECK_FALSE(parse("mail-audit: user=<a>, host=<>")->find("host")->none);
  CHECK(parse("mail-audit: user=<a>, host=None")->find("host")->none);
  CHECK_FALSE(parse("mail-audit: user=<None>")->find("user")->none);
}

TEST_CASE("what is no audit line to its end is none") {
  for (const auto* line : {
           "",
           "mail-audit",
           "mail-audit: ",
           "mail-audit: user=<a",
           "mail-audit: user=<a>, ",
           "mail-audit: user=<a>, nonsense",
           "mail-audit: user=<a>,service=imap",
           "mail-audit: user=<a>, service=imap rest",
           "mail-audit: user=<a<b>",
           "mail-audit: user=a",
           "mail-audit: service=imap",
           "xmail-audit: user=<a>",
           "imap-login: Info: Login: user=<mail-audit: user=<x>, service=imap>",
           "imap-login: Info: Login: user=<: mail-audit: user=<x>, client=<New Outlook>, "
           "method=PLAIN",
           "auth: passwd-file(x: mail-audit: user=<a>, client=<New Outlook>,192.0.2.1): unknown "
           "user",
           "auth: passwd-file(x: mail-audit: user=<a>, took=1ms,192.0.2.1): unknown user",
           "Nov 21 23:12:04 mail dovecot: imap(bob): Info: Mailbox renamed: mail-audit: user=<a>",
           "Nov 21 23:12:04 imap(bob): Info: copy from INBOX: box=x: mail-audit: user=<a>, ip=1",
           "Nov 21 23:12:04 mail postfix/smtpd[1]: A1: client=x, sasl_username=mail-audit: "
           "user=<a>",
           "Nov 21 23:12:04 mail some program that says: mail-audit: user=<a>",
       }) {
    CAPTURE(line);
    CHECK_FALSE(parse(line).has_value());
  }
}

TEST_CASE("an audit line is found behind whatever a log puts before it") {
  for (const auto* before :
       {"", "auth: ", "auth: Info: ", "Nov 21 23:12:04 auth: Info: ", "Nov  1 23:12:04 auth: ",
        "Nov 21 23:12:04 mail dovecot[4]: auth-worker(7): ", "2026-11-21T23:12:04Z badclients[1]: ",
        "2026-11-21 23:12:04 +0100 mail dovecot: auth: ", "1795299124.123456 mail badclients[1]: ",
        "@40000000673fb2a40d5e5f5c ", "2026-11-21T23:12:04.123456789Z stderr F "}) {
    CAPTURE(before);
    CHECK(parse(before + std::string("mail-audit: user=<a>, service=imap, ip=1.2.3.4")));
  }
}

TEST_CASE("a backslash that begins no escape stays") {
  CHECK(parse("mail-audit: user=<a\\b\\x4>")->value("user") == "a\\b\\x4");
  CHECK(parse("mail-audit: user=<\\xzz\\x41>")->value("user") == "\\xzzA");
}
