#include "logs/login.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "audit/line.hpp"
#include "catch.hpp"
#include "logs/json_line.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using logs::Outcome;

namespace {

const std::string header = "2026-11-21T22:12:04Z mail dovecot: auth: Info: ";

std::optional<logs::Login> read(const std::string& line) {
  logs::Login login;
  logs::Reader reader{logs::Times{facts::Time(1795300324s)}};
  if (!reader.read(line, login)) return std::nullopt;
  return login;
}

/// Texts of every kind of byte, and those that look like what stands around them.
class Texts {
 public:
  explicit Texts(std::uint32_t seed) : random_(seed) {}

  std::size_t number(std::size_t most) { return random_() % (most + 1); }
  bool sometimes() { return number(1) == 0; }
  std::string any(std::size_t most = 30) {
    constexpr std::array<const char*, 8> words{">, blocked=True",
                                               "mail-audit: user=<x>",
                                               ", entity=Y",
                                               "\\x41",
                                               "\n",
                                               "\xc3\xa4",
                                               "<>",
                                               "{"};
    std::string text;
    const auto pieces = number(4);
    for (std::size_t i = 0; i < pieces; ++i) {
      if (sometimes()) {
        text += words[number(words.size() - 1)];
      } else {
        text += static_cast<char>(1 + number(254));
      }
    }
    return text.substr(0, most);
  }
  /// Neither empty nor what the line says for none.
  std::string some(std::size_t most = 30) {
    auto text = any(most);
    return text.empty() || text == "None" ? "x" : text;
  }

 private:
  std::mt19937 random_;
};

template <class T>
facts::Fact<T> known(T value, facts::Provenance from = facts::Provenance::cache) {
  facts::Fact<T> fact;
  fact.knowledge = facts::Knowledge::known;
  fact.from = from;
  fact.value = std::move(value);
  return fact;
}

struct Written {
  facts::Login login;
  facts::Facts facts;
  facts::Verdict verdict;
  std::chrono::microseconds took;
  std::string error;
};

Written random_login(std::uint32_t seed) {
  Texts texts{seed};
  Written all;
  all.login = {texts.any(), texts.some(12), net::Address::v4(0x34000000 + seed), texts.any()};
  if (texts.sometimes()) all.login.session = texts.some();
  if (texts.sometimes()) all.login.master = texts.some();
  if (texts.sometimes()) {
    facts::ReverseNames names;
    if (texts.sometimes()) names.push_back({texts.some(), {}});
    all.facts.reverse_names = known(names);
  }
  if (texts.sometimes()) {
    facts::Origin origin;
    origin.asns = {64500 + seed};
    origin.country = texts.any(4);
    all.facts.origin = known(origin);
    all.facts.as_descriptions.push_back(known(facts::AsDescription{64500 + seed, texts.any()}));
  }
  if (texts.sometimes()) {
    facts::Registration registration;
    registration.name = texts.any();
    registration.country = texts.any(4);
    for (std::size_t i = texts.number(3); i > 0; --i) registration.entities.push_back(texts.some());
    all.facts.registration = known(registration);
  }
  auto& verdict = all.verdict;
  verdict.decision = static_cast<facts::Verdict::Decision>(texts.number(2));
  verdict.would_block = verdict.decision == facts::Verdict::Decision::allow && texts.sometimes();
  verdict.matched = texts.some();
  if (texts.sometimes()) verdict.rule = texts.some();
  if (texts.sometimes()) verdict.client = texts.some();
  all.took = std::chrono::microseconds(texts.number(90000) * 100);
  if (texts.sometimes()) all.error = texts.some();
  return all;
}

Outcome outcome_of(const facts::Verdict& verdict) {
  switch (verdict.decision) {
    case facts::Verdict::Decision::deny:
      return Outcome::blocked;
    case facts::Verdict::Decision::tempfail:
      return Outcome::undecided;
    case facts::Verdict::Decision::allow:
      break;
  }
  return verdict.would_block ? Outcome::would_block : Outcome::exempted;
}

std::string not_none(const std::string& text) {
  return text == "None" ? "" : text;
}

}  // namespace

TEST_CASE("the door is that of the process that Dovecot's log names") {
  const auto door = [](const std::string& before) {
    logs::Login login;
    logs::Reader reader{logs::Times{facts::Time(std::chrono::hours(500000))}};
    REQUIRE(reader.read(before + "mail-audit: user=<a>, service=imap, ip=192.0.2.1", login));
    return to_string(login.door);
  };
  CHECK(door("") == "unknown");
  CHECK(door("2026-11-21T23:12:04+0100 badclients[12]: ") == "unknown");
  CHECK(door("Nov 21 23:12:04 mail badclients[12]: ") == "unknown");
  CHECK(door("Nov 21 23:12:04 mail dovecot: auth: Info: ") == "checkpassword");
  CHECK(door("Nov 21 23:12:04 mail dovecot[1]: auth-worker(61890): ") == "checkpassword");
  CHECK(door("1795300324.123456 mail dovecot[1]: auth: ") == "checkpassword");
  CHECK(door("Nov 21 23:12:04 badclients: Info: ") == "policy");
  CHECK(door("Nov 21 23:12:04 mail dovecot: badclients(12): Info: ") == "policy");
  CHECK(door("Nov 21 23:12:04 mail badclients-policy[12]: ") == "policy");
}

TEST_CASE("what is written is what is read, whatever is in it") {
  const auto form = GENERATE(audit::Form::line, audit::Form::json);
  // Only the line says <None>.
  const auto shown = [&](const std::string& text) {
    return form == audit::Form::line ? not_none(text) : text;
  };
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    const auto [login, facts, verdict, took, error] = random_login(seed);
    const auto line = audit::prepare(login, facts, verdict, form).text(took, error);
    CAPTURE(line);
    const auto back = read(header + line);
    REQUIRE(back.has_value());
    CHECK(back->time == facts::Time(1795299124s));
    CHECK(back->user == login.user);
    CHECK(back->service == login.service);
    CHECK(back->ip == login.address->str());
    CHECK(back->client_id == login.client_id);
    CHECK(back->session == login.session);
    CHECK(back->master == login.master);
    CHECK(back->host_known == facts.reverse_names.known());
    const auto& names = facts.reverse_names.value;
    CHECK(back->host == (names.empty() ? "" : names.front().name));
    CHECK(back->asn == (facts.origin.known() ? 64500 + seed : 0));
    CHECK(back->as_cc == facts.origin.value.country);
    const auto& descriptions = facts.as_descriptions;
    CHECK(back->as_desc == (descriptions.empty() ? "" : shown(descriptions.front().value.text)));
    CHECK(back->net_name == shown(facts.registration.value.name));
    CHECK(back->net_cc == facts.registration.value.country);
    CHECK(back->entities == facts.registration.value.entities);
    CHECK(back->outcome == outcome_of(verdict));
    CHECK(back->matched == verdict.matched);
    CHECK(back->rule == verdict.rule);
    CHECK(back->client == verdict.client);
    CHECK(back->took == took);
    CHECK(back->error == error);
    CHECK(back->facts == to_string(facts::freshness(facts)));
    CHECK(back->cut.empty());
    CHECK_FALSE(back->original);
  }
}

TEST_CASE("what had no room in the line says so") {
  const auto form = GENERATE(audit::Form::line, audit::Form::json);
  facts::Login login;
  login.user = std::string(1000, 'x');
  facts::Facts facts;
  facts::Registration registration;
  for (int i = 0; i < 200; ++i) registration.entities.push_back(fmt::format("ENTITY-{}", i));
  facts.registration = known(registration);
  const auto back = read(audit::line(login, facts, {}, 1ms, form)).value();
  CHECK(was_cut(back, "user"));
  CHECK(was_cut(back, "entity"));
  CHECK_FALSE(was_cut(back, "session"));
  CHECK(back.entities.size() < 200);
  CHECK(back.entities.back().starts_with("ENTITY-"));
  CHECK_FALSE(back.time.has_value());
}

TEST_CASE("Dovecot's own lines tell who has got in, and from where") {
  using Found = std::optional<std::pair<std::string, std::string>>;
  const auto found = [](const std::string& line) -> Found {
    logs::Reader reader{logs::Times{facts::Time(1795300324s)}, logs::Writer::dovecot};
    logs::Login login;
    if (!reader.read(line, login)) return std::nullopt;
    return std::pair{login.user, login.ip};
  };
  const auto alice = Found{{"alice", "192.0.2.1"}};
  for (const std::string text :
       {"user=<alice>, method=PLAIN, rip=192.0.2.1, lip=127.0.0.1, mpid=1, secured, session=<x>",
        "user=<alice>, rip=192.0.2.1"}) {
    CHECK(found("Nov 26 19:10:18 imap-login: Info: Login: " + text) == alice);
    CHECK(found("Nov 26 19:10:18 mail dovecot: pop3-login: Login: " + text) == alice);
    CHECK(found("2026-11-26T19:10:18Z mail dovecot[1]: submission-login: Info: Logged in: " +
                text) == alice);
    CHECK_FALSE(found("Nov 26 19:10:18 imap-login: Info: Disconnected: " + text));
    CHECK_FALSE(found("Nov 26 19:10:18 imap-login: Info: Login aborted: " + text));
    CHECK_FALSE(found("Nov 26 19:10:18 auth: Info: Login: " + text));
  }
  CHECK(
      found("Nov 26 19:10:18 imap-login: Info: Login: user=<a, rip=1>, rip=2001:db8::1, lip=::1") ==
      Found{{"a, rip=1", "2001:db8::1"}});
  for (const auto* line :
       {"imap-login: Login: ", "imap-login: Login: user=<x", "imap-login: Login: user=<x>, ",
        "imap-login: Login: >, rip=1, user=<", "imap-login: Login"}) {
    CHECK_FALSE(found(line));
  }
}

TEST_CASE("failed questions to a policy server are what Dovecot's auth itself says of them") {
  using Found = std::optional<std::string>;
  const auto found = [](const std::string& line) -> Found {
    logs::Reader reader{logs::Times{facts::Time(1795300324s)}, logs::Writer::failed_policy};
    logs::Login login;
    if (!reader.read(line, login)) return std::nullopt;
    CHECK(login.time.has_value());
    return login.error;
  };
  const std::string time = "Nov 20 14:21:57 ",
                    text =
                        "Policy server HTTP error: connect(127.0.0.1:4001) failed: refused (1, 2)";
  for (const auto& before : {time, time + "mail dovecot: ", time + "mail dovecot[12]: ",
                             std::string("2026-11-20T14:21:57.5+01:00 mail dovecot: "),
                             std::string("1795300324.123456 mail dovecot[1]: ")}) {
    INFO(before);
    for (const std::string name :
         {"alice,192.0.2.1", "alice,192.0.2.1,<s)>", "x): Policy server y: auth: Error: policy("}) {
      CHECK(found(before + "auth: Error: policy(" + name + "): " + text) == text);
    }
    for (const std::string name :
         {"alice,192.0.2.1,sasl:plain)", "alice,sasl:plain)<s>", "x): Error: policy: y)"}) {
      CHECK(found(before + "auth(" + name + ": Error: policy: " + text) == text);
    }
    const auto forged_old = "auth: Error: policy(a,192.0.2.1): " + text;
    const auto forged_new = "a): Error: policy: " + text;
    for (const auto& forged : {forged_old, forged_new, "auth(" + forged_new, ": " + forged_old,
                               "dovecot: " + forged_old, " " + forged_old, "): " + forged_old}) {
      INFO(forged);
      for (const std::string level : {"", "Info: "}) {
        CHECK_FALSE(found(before + "auth: " + level + "passwd-file(" + forged +
                          ",192.0.2.1): unknown user"));
        CHECK_FALSE(found(before + "auth: " + level + "policy(" + forged + ",192.0.2.1): refusal"));
        for (const std::string session : {")", ")<s>"}) {
          CHECK_FALSE(found(before + "auth(" + forged + ",192.0.2.1,sasl:plain" + session + ": " +
                            level + "passwd-file: unknown user"));
        }
        CHECK_FALSE(found(before + "imap(" + forged + ")<1><s>: " + level + "Disconnected"));
        CHECK_FALSE(found(before + "imap-login: " + level + "Disconnected: user=<" + forged +
                          ">, rip=192.0.2.1"));
        CHECK_FALSE(found(before + "badclients: " + level + "mail-audit: user=<" + forged + ">"));
      }
      CHECK_FALSE(found(before + "auth(" + forged + ",192.0.2.1,sasl:plain): Error: sql: gone"));
      CHECK_FALSE(found(time + "mail sshd[1]: Invalid user " + forged));
      CHECK_FALSE(found(time + "mail sshd[1]: " + forged));
    }
  }
  for (const auto* line : {"", "auth:", "auth(", "auth: Error: policy(", "auth(: Error: policy: ",
                           "dovecot: ", "a b c d e f auth: Error: policy(a): b"}) {
    CHECK_FALSE(found(line));
  }
}

TEST_CASE("the original's lines are read as its script read them") {
  const auto login =
      read(
          "Mai 01 04:06:34 honeypot dovecot[56359]: auth-worker(61890): mail-audit: "
          "user=<honey-craig>, service=imap, ip=176.112.169.218, host=rimap26.i.mail.ru, "
          "asn=AS47764, as_cc=RU, as_desc=<VK-AS, RU>, net_name=<VK-FRONT>, net_cc=RU, "
          "entity=EY1327-RIPE, entity=MAIL-RU, blocked=True, matched=asn")
          .value();
  CHECK(login.original);
  CHECK(login.time.has_value());
  CHECK(login.user == "honey-craig");
  CHECK(login.asn == 47764);
  CHECK(login.as_desc == "VK-AS, RU");
  CHECK(login.entities == std::vector<std::string>{"EY1327-RIPE", "MAIL-RU"});
  CHECK(login.outcome == Outcome::blocked);
  CHECK(login.matched == "asn");
}

TEST_CASE("a line of JSON is read like the other, behind a log's prefix or alone") {
  nlohmann::ordered_json json;
  json["user"] = "a, b=<c>\n";
  json["service"] = "imap";
  json["ip"] = "52.97.246.245";
  json["host"] = "";
  json["asn"] = "AS8075";
  json["as_desc"] = nullptr;
  json["entity"] = {"MSFT", "MAC74-ARIN"};
  json["blocked"] = true;
  json["matched"] = "ip_net";
  json["took"] = "1.4ms";
  json["something"] = {{"user", "forged"}, {"entity", {"X"}}};
  for (const auto& before : {std::string(), header + "mail-audit: "}) {
    const auto login = read(before + json.dump()).value();
    CHECK(login.user == "a, b=<c>\n");
    CHECK(login.host_known);
    CHECK(login.asn == 8075);
    CHECK(login.as_desc.empty());
    CHECK(login.entities == std::vector<std::string>{"MSFT", "MAC74-ARIN"});
    CHECK(login.outcome == Outcome::blocked);
    CHECK(login.took == 1400us);
    CHECK(login.time.has_value() != before.empty());
  }
  json["time"] = "2026-11-21T23:12:04.5+01:00";
  json["took"] = 2.25;
  json["asn"] = 64500;
  json["host"] = nullptr;
  json["blocked"] = false;
  const auto login = read(json.dump()).value();
  CHECK(login.time == facts::Time(1795299124s));
  CHECK(login.took == 2250us);
  CHECK(login.asn == 64500);
  CHECK_FALSE(login.host_known);
  CHECK(login.outcome == Outcome::allowed);
}

TEST_CASE("what is no JSON object about a login is none") {
  for (const auto* line :
       {"{}", "{\"user\":\"a\"}", "{\"user\":null,\"ip\":\"1.2.3.4\"}",
        "{\"user\":\"a\",\"ip\":\"1", "[{\"user\":\"a\",\"ip\":\"1.2.3.4\"}]",
        "{\"user\":\"a\",\"ip\":\"1.2.3.4\"} x",
        "mail-audit: {\"user\":\"a\",\"ip\":\"1.2.3.4\"}, took=1ms",
        "x {\"user\":\"a\",\"ip\":\"1.2.3.4\"}", "{\"x\":{\"user\":\"a\",\"ip\":\"1.2.3.4\"}}",
        "imap: Info: user=<mail-audit: {\"user\":\"a\",\"ip\":\"1.2.3.4\"}",
        "mail-audit-maxmind: {\"user\":\"a\",\"ip\":\"1.2.3.4\"}"}) {
    CAPTURE(line);
    CHECK_FALSE(read(line).has_value());
  }
}

TEST_CASE("a reader's login has nothing left of the one before") {
  logs::Reader reader{logs::Times{facts::Time(1795300324s)}};
  logs::Login login;
  REQUIRE(reader.read(header +
                          "mail-audit: user=<a>, service=imap, ip=1.2.3.4, host=x.example, "
                          "asn=AS1, entity=A, blocked=True, matched=asn, took=1.0ms, error=<e>",
                      login));
  REQUIRE(reader.read("mail-audit: user=<b>, service=None, ip=None, host=None", login));
  CHECK(login.user == "b");
  CHECK(login.service + login.ip + login.host + login.matched + login.error == "");
  CHECK(login.entities.empty());
  CHECK(login.outcome == Outcome::allowed);
  CHECK_FALSE((login.time || login.took || login.host_known || login.asn != 0));
}
