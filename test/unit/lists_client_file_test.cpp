#include <algorithm>
#include <filesystem>

#include "catch.hpp"
#include "lists/client_rule.hpp"
#include "lists/rulebook.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;
using badclients::config::Problem;

namespace {

using Lines = std::vector<std::string>;

// A list_path with client files in it.
class Clients {
 public:
  Clients() { std::filesystem::create_directory(folder_ / "clients"); }

  void write(const std::string& name, const std::string& text) const {
    folder_.write("clients/" + name, text);
  }
  [[nodiscard]] RuleBook read() const { return read_lists(folder_.path()); }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

  // "x.client:3: ..." for each.
  [[nodiscard]] Lines problems(const RuleBook& book) const {
    Lines result;
    for (const auto& problem : book.problems) {
      auto text = problem.str();
      const auto prefix = folder_ / "clients/";
      if (text.starts_with(prefix)) text.erase(0, prefix.size());
      result.push_back(text);
    }
    return result;
  }

 private:
  TempFolder folder_;
};

// "asn=AS1|AS2 service!=imap"
std::string shown(const ClientRule& rule) {
  std::string result;
  for (const auto& clause : rule.clauses) {
    if (!result.empty()) result += ' ';
    result += std::string{name(clause.field)} + (clause.negated ? "!=" : "=");
    for (const auto& value : clause.values) {
      if (&value != &clause.values.front()) result += '|';
      result += value;
    }
  }
  return result;
}

Lines rules(const RuleBook& book) {
  Lines result;
  for (const auto& rule : book.client_rules) result.push_back(shown(rule));
  return result;
}

// What one rule line says, and what is wrong with it.
std::string rule(const std::string& line) {
  const Clients clients;
  clients.write("x.client", "Name: X\n\n" + line + "\n");
  const auto book = clients.read();
  std::string result = rules(book).empty() ? "nothing" : rules(book).front();
  for (const auto& problem : clients.problems(book)) result += " | " + problem;
  return result;
}

}  // namespace

TEST_CASE("a client file has a header and rules") {
  const Clients clients;
  clients.write("gmail.client",
                "# How Gmail fetches mail\n"
                "Name: Gmail \"check mail from other accounts\"\n"
                "Vendor: Google LLC\n"
                "-- a comment in the header\n"
                "About: https://support.google.com/mail/answer/21289\n"
                "Message:  Gmail fetches your mail with your password.  \n"
                "Password: stored by Google\n"
                "Evidence: seen in logs\n"
                "Date: 2024-05-06\n"
                "Source: https://example.org/1\n"
                "source: https://example.org/2\n"
                "\n"
                "; the fetcher\n"
                "asn=AS15169 rev_host=mail%-.+%-.+%.google%.com service=pop3 service=smtp\n"
                "\n"
                "user=ceo@example%.org maxmind/geo_cc!=de maxmind/geo_cc!=AT\n");
  const auto book = clients.read();
  CHECK(clients.problems(book).empty());
  REQUIRE(book.clients.size() == 1);
  const auto& client = book.clients[0];
  CHECK(client.id == "gmail");
  CHECK(client.name == "Gmail \"check mail from other accounts\"");
  CHECK(client.vendor == "Google LLC");
  CHECK(client.about == "https://support.google.com/mail/answer/21289");
  CHECK(client.message == "Gmail fetches your mail with your password.");
  CHECK(client.mode == ClientMode::as_configured);
  CHECK(rules(book) == Lines{"asn=AS15169 rev_host=mail%-.+%-.+%.google%.com service=pop3|smtp",
                             "user=ceo@example%.org maxmind/geo_cc!=DE|AT"});
  CHECK(book.files == Lines{"clients/gmail.client"});
  CHECK(book.client_rules[0].where.line == 14);
  CHECK(book.client_rules[1].where.line == 16);
  CHECK(book.client_rules[1].client == 0);
}

TEST_CASE("rules belong to their clients, read in the order of file names") {
  const Clients clients;
  clients.write("b.client", "Name: B\n\nasn=AS2\nasn=AS3\n");
  clients.write("a.client", "\xef\xbb\xbfname: A\r\nMODE: Monitor\r\n\r\nasn=AS1");
  const auto book = clients.read();
  CHECK(clients.problems(book).empty());
  REQUIRE(book.clients.size() == 2);
  CHECK(book.clients[0].name == "A");
  CHECK(book.clients[0].mode == ClientMode::monitor);
  CHECK(book.clients[1].name == "B");
  CHECK(rules(book) == Lines{"asn=AS1", "asn=AS2", "asn=AS3"});
  CHECK(book.client_rules[0].client == 0);
  CHECK(book.client_rules[2].client == 1);
  CHECK(book.files.at(book.client_rules[2].where.file) == "clients/b.client");
}

TEST_CASE("client files of any folder can be read") {
  const Clients clients;
  clients.write("a.client", "Name: A\n\nasn=AS1\n");
  const auto book = read_clients(clients.folder() / "clients");
  CHECK(book.clients.size() == 1);
  CHECK(book.files == Lines{"a.client"});
  CHECK(read_clients(clients.folder() / "none").problems.size() == 1);
}

TEST_CASE("a rule is split into clauses, with quotes around values that have blanks") {
  CHECK(rule(R"(as_dscr="'Google LLC, US"   net_name=MSFT)") ==
        "as_dscr='Google LLC, US net_name=MSFT");
  CHECK(rule(R"(client_id=".*\"Outlook\".*")") == R"(client_id=.*"Outlook".*)");
  CHECK(rule(R"(client_id="a\\b")") ==
        R"(client_id=a\b | x.client:3: 'a\b': a backslash is an ordinary character; % escapes)");
  CHECK(rule(R"(client_id="" service=imap)") == "client_id= service=imap");
  CHECK(rule(R"(master=.* user=alice)") == "master=.* user=alice");
  CHECK(rule("\tasn=AS1\t\tservice=IMAP ") == "asn=AS1 service=imap");
  CHECK(rule("dnsbl=bl.example=127.0.0.[2..4] asn!=AS1") ==
        "dnsbl=bl.example=127.0.0.[2..4] asn!=AS1");
  CHECK(rule("rev_host=<>") == "rev_host=<>");
}

TEST_CASE("every field can be in a rule, and its values are checked and canonical") {
  CHECK(rule("ip_net=52.96.0.0/14 rev_host=x asn=as1 as_cc=de as_dscr=x net_cc=de net_name=x "
             "entity=VKNC dnsbl=BL.example client_id=x maxmind/as_org=x maxmind/geo_loc=1 "
             "maxmind/geo_cc=de maxmind/coords=1,2,3,0.5 maxmind/anonymous=IS_TOR_EXIT_NODE "
             "user=x service=pop3") ==
        "ip_net=52.96.0.0/14 rev_host=x asn=AS1 as_cc=DE as_dscr=x net_cc=DE net_name=x "
        "entity=vknc dnsbl=bl.example client_id=x maxmind/as_org=x maxmind/geo_loc=1 "
        "maxmind/geo_cc=DE maxmind/coords=1,2,3,0.5 maxmind/anonymous=is_tor_exit_node "
        "user=x service=pop3");
}

TEST_CASE("a range of addresses is a value, in a rule and in a file of networks") {
  CHECK(rule("ip_net=1.2.3.4-1.2.3.9 service=imap") == "ip_net=1.2.3.4/30|1.2.3.8/31 service=imap");
  CHECK(rule("ip_net=\"1.2.3.4 - 1.2.3.9\"") == "ip_net=1.2.3.4/30|1.2.3.8/31");
  CHECK(rule("ip_net!=8.8.8.0/255.255.255.0 user=x") == "ip_net!=8.8.8.0/24 user=x");
  const Clients clients;
  clients.write("x.client", "Name: X\n\nip_net=@x.net\n");
  clients.write("x.net", "1.2.3.4 - 1.2.3.9  pool\n8.8.8.0/24;x\n");
  CHECK(rules(clients.read()) == Lines{"ip_net=1.2.3.4/30|1.2.3.8/31|8.8.8.0/24"});
}

TEST_CASE("a repeated field means any of its values, negated or not, each value once") {
  CHECK(rule("asn=AS1 service=imap asn=AS2 asn=1 asn!=AS3") == "asn=AS1|AS2 service=imap asn!=AS3");
}

TEST_CASE("a rule with anything wrong in it is not used, and all that is wrong is said") {
  const std::string not_used = "; the rule is not used";
  CHECK(rule("asn=AS1 service=pop3 asnn=AS2") ==
        "nothing | x.client:3: 'asnn' is no field (did you mean asn?)" + not_used);
  CHECK(rule("asn=AS1 as_cc=UK") ==
        "nothing | x.client:3: as_cc: 'UK' is not a country code of ISO 3166-1 (United Kingdom "
        "is GB)" +
            not_used);
  CHECK_THAT(rule("asn=AS0 as_cc=UK"), ContainsSubstring("asn: ") && ContainsSubstring("as_cc: "));
  for (const auto* line : {"AS15169",
                           "asn",
                           "=AS1",
                           "!=AS1",
                           "asn=",
                           "asn!=",
                           "asn =AS1",
                           "asn= AS1",
                           "asn==AS1",
                           "asn=AS1 # a comment",
                           "asn=AS1,AS2",
                           "asn=\"AS1",
                           "asn=\"AS1\"x",
                           "asn=\"AS\\1\"",
                           "asn=A\"S1",
                           "rev_host=a%",
                           "service=im.ap",
                           "maxmind/asn=AS1",
                           "ip_net=10.0.0.0/33",
                           "ip_net=@",

                           "Name: late",
                           "asn=AS1 user"}) {
    CAPTURE(line);
    CHECK_THAT(rule(line),
               ContainsSubstring("nothing | x.client:3: ") && ContainsSubstring(not_used));
  }
  CHECK_THAT(rule("asn=AS1 rev_host=a\x01"), ContainsSubstring("control character"));
  CHECK_THAT(rule("asn=AS1 rev_host=" + std::string(5000, 'a')),
             ContainsSubstring("longer than 4096"));
}

TEST_CASE("a bad rule does not take the others with it") {
  const Clients clients;
  clients.write("x.client", "Name: X\n\nasn=AS1\nasn=bad\nasn=AS3\n");
  const auto book = clients.read();
  CHECK(rules(book) == Lines{"asn=AS1", "asn=AS3"});
  CHECK(book.problems.size() == 1);
}

TEST_CASE("what would match every login is warned about where it stands alone") {
  CHECK_THAT(rule("rev_host=.*"), ContainsSubstring("matches every value"));
  CHECK_THAT(rule("ip_net=0.0.0.0/0"), ContainsSubstring("matches every IPv4 address"));
  CHECK(rule("rev_host=.* service=pop3") == "rev_host=.* service=pop3");
}

TEST_CASE("a file without a name is not used") {
  for (const auto* text : {"", "\n\n", "# only a comment\n", "Vendor: X\n\nasn=AS1\n",
                           "Name:\n\nasn=AS1\n", "\nasn=AS1\n"}) {
    CAPTURE(text);
    const Clients clients;
    clients.write("x.client", text);
    const auto book = clients.read();
    CHECK(book.clients.empty());
    CHECK(book.client_rules.empty());
    const auto found = clients.problems(book);
    CHECK(std::count(found.begin(), found.end(),
                     "x.client: has no 'Name:' in its header, so its rules are not used") == 1);
  }
}

TEST_CASE("headers that are unknown, twice there or no headers are problems") {
  const Clients clients;
  clients.write("x.client",
                "Name: X\nVendr: Y\nnonsense\nName: Z\nSource: a\nSource: b\nMessage: "
                "\x1b[31mred\n\nasn=AS1\n");
  const auto book = clients.read();
  REQUIRE(book.clients.size() == 1);
  CHECK(book.clients[0].name == "X");
  CHECK(book.clients[0].message.empty());
  CHECK(rules(book) == Lines{"asn=AS1"});
  CHECK(clients.problems(book) ==
        Lines{"x.client:2: 'vendr' is no header of a client file (did you mean vendor?)",
              "x.client:3: 'nonsense' is no header line (try Name: Some App)",
              "x.client:4: there is a second 'name:'; the first counts",
              "x.client:7: the line has a control character in it (byte 0x1b)"});
}

TEST_CASE("who mistypes monitor gets nobody refused") {
  const Clients clients;
  clients.write("x.client", "Name: X\nMode: montior\n\nasn=AS1\n");
  const auto book = clients.read();
  CHECK(book.clients.at(0).mode == ClientMode::monitor);
  CHECK_THAT(clients.problems(book).at(0), ContainsSubstring("x.client:2: mode: 'montior'"));
}

TEST_CASE("a slip of the pen about the mode gets nobody refused, wherever it is") {
  const auto mode = [](const std::string& text, const std::string& other = "x.client.disabled") {
    const Clients clients;
    clients.write("x.client", text);
    clients.write(other, "");
    const auto book = clients.read();
    const bool told = std::ranges::any_of(book.problems, [](const auto& problem) {
      return problem.severity == badclients::config::Problem::Severity::error;
    });
    return std::pair{book.clients.at(0).mode, told};
  };
  const std::string rule = "\n\nasn=AS1\n";
  const std::pair slipped{ClientMode::monitor, true};
  for (const auto* header : {"Mdoe: monitor", "Mode: moniter", "Mod: monitor", "Monitor: yes",
                             "Modus: Monitor", "Mode monitor", "mode=monitor"}) {
    INFO(header);
    CHECK(mode(std::string("Name: X\n") + header + rule) == slipped);
    CHECK(mode("Name: X\n\nasn=AS1\n" + std::string(header) + "\n").first ==
          (std::string_view(header) == "Monitor: yes" ? ClientMode::as_configured
                                                      : ClientMode::monitor));
  }
  for (const auto* file : {"x.monitr", "x.Monitor", "x.monitor1"}) {
    INFO(file);
    CHECK(mode("Name: X" + rule, file) == slipped);
  }
  for (const auto* file : {"y.monitor", "x.monitor.bak", "x.txt", "x.data"}) {
    INFO(file);
    CHECK(mode("Name: X" + rule, file) == std::pair{ClientMode::as_configured, false});
  }
  CHECK(mode("Name: X\nVendr: Y" + rule) == std::pair{ClientMode::as_configured, true});
  CHECK(mode("Name: X\n\nuser=monitor\n") == std::pair{ClientMode::as_configured, false});
}

TEST_CASE("a message of over 400 bytes is cut between characters") {
  const Clients clients;
  std::string text;
  while (text.size() < 399) text += "a";
  clients.write("x.client", "Name: X\nMessage: " + text + "\xc3\xa4 and more\n\nasn=AS1\n");
  const auto book = clients.read();
  CHECK(book.clients.at(0).message == text);
  CHECK(clients.problems(book) == Lines{"x.client:2: message: cut to 400 bytes"});
}

TEST_CASE("a forgotten blank line costs a warning, not the rules") {
  const Clients clients;
  clients.write("x.client", "Name: X\nip_net=2603:1006::/40\nasn!=AS1\n");
  const auto book = clients.read();
  CHECK(rules(book) == Lines{"ip_net=2603:1006::/40", "asn!=AS1"});
  CHECK(book.problems.size() == 1);
  CHECK(book.problems[0].severity == Problem::Severity::warning);
}

TEST_CASE("a client without rules is a client") {
  const Clients clients;
  clients.write("boxer.client", "Name: Boxer\n");
  const auto book = clients.read();
  CHECK(book.clients.size() == 1);
  CHECK(book.problems.empty());
}

TEST_CASE("links to client files are followed, and broken ones are problems") {
  const Clients clients;
  clients.folder().write("elsewhere", "Name: X\n\nasn=AS1\n");
  std::filesystem::create_symlink("../elsewhere", clients.folder() / "clients/x.client");
  std::filesystem::create_symlink("nowhere", clients.folder() / "clients/y.client");
  std::filesystem::create_directory(clients.folder() / "clients/z.client");
  const auto book = clients.read();
  CHECK(book.clients.at(0).id == "x");
  CHECK(rules(book) == Lines{"asn=AS1"});
  CHECK(clients.problems(book) ==
        Lines{"y.client: cannot be read: is a symbolic link to something that does not exist",
              "z.client: cannot be read: is a folder, where a file should be"});
}

TEST_CASE("other files in the folder are passed over, near misses are warned about") {
  const Clients clients;
  for (const auto* other : {"azure.lst", "README", "x.client~", ".x.client.swp", "x.client.bak"}) {
    clients.write(other, "rubbish\n");
  }
  CHECK(clients.read().problems.empty());
  clients.write("x.cleint", "Name: X\n");
  clients.write("x.clients", "Name: X\n");
  CHECK(clients.read().problems.size() == 2);
}

TEST_CASE("networks can stand in a file beside the client file, wherever a link to it lies") {
  const Clients clients;
  const TempFolder catalogue;
  catalogue.write("outlook.client", "Name: X\n\nip_net=@outlook.lst service=imap ip_net=8.8.8.8\n");
  catalogue.write("outlook.lst", "# Exchange\n52.96.0.0/14 Exchange\n13.107.6.153/31\n");
  std::filesystem::create_symlink(catalogue / "outlook.client",
                                  clients.folder() / "clients/outlook.client");
  const auto book = clients.read();
  CHECK(rules(book) == Lines{"ip_net=8.8.8.8/32|52.96.0.0/14|13.107.6.152/31 service=imap"});
  CHECK(book.files == Lines{"clients/outlook.client", catalogue / "outlook.lst"});
  REQUIRE(book.problems.size() == 1);
  CHECK_THAT(book.problems[0].str(),
             ContainsSubstring(catalogue / "outlook.lst:3: '13.107.6.153/31' has host bits set"));
}

TEST_CASE("newer networks beside the link take the place of the catalogue's") {
  const Clients clients;
  const TempFolder catalogue;
  std::filesystem::create_directory(catalogue / "data");
  catalogue.write("outlook.client", "Name: X\n\nip_net=@data/outlook.net\n");
  catalogue.write("data/outlook.net", "52.96.0.0/14\n");
  std::filesystem::create_symlink(catalogue / "outlook.client",
                                  clients.folder() / "clients/outlook.client");
  CHECK(rules(clients.read()) == Lines{"ip_net=52.96.0.0/14"});

  std::filesystem::create_directory(clients.folder() / "clients/data");
  clients.write("data/outlook.net", "40.96.0.0/13\n");
  const auto book = clients.read();
  CHECK(book.problems.empty());
  CHECK(rules(book) == Lines{"ip_net=40.96.0.0/13"});
  CHECK(book.files == Lines{"clients/outlook.client", "clients/data/outlook.net"});

  // Half an update is no reason to fall back to old networks in silence.
  std::filesystem::remove(clients.folder() / "clients/data/outlook.net");
  std::filesystem::create_symlink("nowhere", clients.folder() / "clients/data/outlook.net");
  CHECK(rules(clients.read()).empty());
}

TEST_CASE("a file ID.monitor beside a client file puts that client in monitor mode") {
  const Clients clients;
  clients.write("a.client", "Name: A\n\nasn=AS1\n");
  clients.write("b.client", "Name: B\n\nasn=AS2\n");
  clients.write("b.monitor", "\xff whatever is in it\n");
  const auto book = clients.read();
  CHECK(book.problems.empty());
  REQUIRE(book.clients.size() == 2);
  CHECK(book.clients[0].mode == ClientMode::as_configured);
  CHECK(book.clients[1].mode == ClientMode::monitor);
}

TEST_CASE("a file ID.monitor without its client file is warned about") {
  const Clients clients;
  clients.write("b.monitor", "");
  CHECK(clients.problems(clients.read()) ==
        Lines{"b.monitor: has no effect: there is no b.client beside it"});
}

TEST_CASE("a file of networks serves several rules, and is read and complained about once") {
  const Clients clients;
  clients.write("nets.lst", "52.96.0.0/14\nbad\n");
  const auto path = clients.folder() / "clients/nets.lst";
  clients.write("x.client", "Name: X\n\nip_net=@nets.lst asn=AS1\nip_net=@" + path + "\n");
  const auto book = clients.read();
  CHECK(rules(book) == Lines{"ip_net=52.96.0.0/14 asn=AS1", "ip_net=52.96.0.0/14"});
  CHECK(book.files == Lines{"clients/x.client", "clients/nets.lst"});
  CHECK(clients.problems(book).size() == 1);
}

TEST_CASE("a rule is not used where a file of networks would make it match more than written") {
  const Clients clients;
  clients.write("bad.lst", "52.96.0.0/14\nbad\n");
  clients.write("empty.lst", "# nothing\n");
  clients.write("x.client",
                "Name: X\n\nip_net!=@bad.lst asn=AS1\nip_net=@empty.lst asn=AS1\n"
                "ip_net!=@none.lst asn=AS1\n");
  const auto book = clients.read();
  CHECK(book.client_rules.empty());
  const auto found = clients.problems(book);
  REQUIRE(found.size() == 5);
  CHECK_THAT(found[0], ContainsSubstring("bad.lst:2: 'bad' is not a network"));
  CHECK_THAT(found[1], ContainsSubstring("x.client:3: ip_net: 'bad.lst' has bad lines"));
  CHECK_THAT(found[2], ContainsSubstring("x.client:4: ip_net: 'empty.lst' holds no network"));
  CHECK_THAT(found[3], ContainsSubstring("none.lst: cannot be read"));
  CHECK_THAT(found[4], ContainsSubstring("x.client:5: ip_net: 'none.lst' cannot be read"));
}

TEST_CASE("splitting a rule never reads beyond it") {
  const std::string whole = R"(a="b \" \\ c" d!=e f=g)";
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    const std::string part = whole.substr(0, i);  // sanitizers and valgrind see its end
    const auto clauses = split_rule(part);
    if (clauses) {
      CHECK(clauses->size() <= 3);
    } else {
      CHECK_FALSE(clauses.error().empty());
    }
  }
  CHECK(split_rule(whole)->at(0).value == R"(b " \ c)");
  CHECK(split_rule("")->empty());
}

TEST_CASE("a rule can take the names of users from a file below list_path") {
  const Clients clients;
  std::filesystem::create_directory(clients.folder() / "groups");
  clients.folder().write(
      "groups/staff", "# who\r\n\nAlice@Example.org\n  bob   # until May\n; x\n-- y\nc\xc3\x84\n");
  clients.write("x.client",
                "Name: X\n\nuser=@groups/staff user=root asn=AS1\nuser!=@groups/staff\n");
  const auto book = clients.read();
  CHECK(clients.problems(book).empty());
  REQUIRE(book.client_rules.size() == 2);
  const auto& clause = book.client_rules[0].clauses.at(0);
  CHECK(clause.values == Lines{"root"});
  REQUIRE(clause.names.size() == 1);
  CHECK(clause.names[0]->names == Lines{"alice@example.org", "bob", "c\xc3\x84"});
  CHECK(book.client_rules[1].clauses.at(0).names == clause.names);
  CHECK(book.files == Lines{"clients/x.client", "groups/staff"});
}

TEST_CASE("an entry of user.allow.lst can stand for the names in a file") {
  const Clients clients;
  clients.folder().write("vips.lst", "Carol\ndave\n");
  clients.folder().write("user.allow.lst", "'erin\n@vips.lst\n");
  const auto book = clients.read();
  CHECK(clients.problems(book).empty());  // not even that there is no list of this name
  REQUIRE(book.entries.size() == 3);
  CHECK(book.entries[0].field == Field::user);
  CHECK(book.entries[1].field == Field::user_name);
  CHECK(book.entries[1].value == "carol");
  CHECK(book.entries[2].where.line == 2);
  CHECK(book.files.at(book.entries[2].where.file) == "vips.lst");
}

TEST_CASE("a file of names that cannot be used is an error, and so is what needs it") {
  const Clients clients;
  const auto root = clients.folder() / "";
  clients.folder().write("empty", "# nobody\n");
  clients.folder().write("bad", "alice\nbob, carol\n'dave\n@more\ner*n\n");
  clients.folder().write("user.allow.lst", std::string("@gone\n@\n@bad\n@bad\0x\n", 20));
  clients.write("x.client",
                "Name: X\n\nuser=@gone\nuser!=@gone asn=AS1\nuser=@empty\nuser=@\nuser!=@bad\n"
                "user=@bad\n");
  const auto book = clients.read();
  CHECK(book.client_rules.size() == 1);
  CHECK(book.client_rules.at(0).where.line == 8);
  Lines names;
  for (const auto& entry : book.entries) names.push_back(entry.value);
  CHECK(names == Lines{"alice", "er*n"});
  CHECK(clients.problems(book) ==
        Lines{root + "gone: cannot be read: No such file or directory",
              root + "user.allow.lst:1: '@gone' names a file, which cannot be read: nobody in it "
                     "is let in",
              root + "user.allow.lst:2: there is no file name behind the @",
              root + "bad:2: 'bob, carol' is more than one name: write one a line",
              root + "bad:3: ''dave': names are written without quotes, and compared whole",
              root + "bad:4: '@more': no file of names leads to another",
              root + "bad:5: 'er*n' is compared whole: it is no pattern, and one name",
              root + "user.allow.lst:4: the line has a control character in it (byte 0x00)",
              "x.client:3: user: 'gone' cannot be read; the rule is not used",
              "x.client:4: user: 'gone' cannot be read; the rule is not used",
              "x.client:5: user: 'empty' holds no name; the rule is not used",
              "x.client:6: user: there is no file name behind the @; the rule is not used",
              "x.client:7: user: 'bad' has bad lines, without which it would match more; the rule "
              "is not used"});
}
