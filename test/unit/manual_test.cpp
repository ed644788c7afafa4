// The manual pages against the code: what one names, the other has.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <span>
#include <sstream>

#include "admin/check_report.hpp"
#include "admin/command.hpp"
#include "admin/notify/outcome.hpp"
#include "admin/replay/replay.hpp"
#include "admin/report/report.hpp"
#include "admin/update/source.hpp"
#include "admin/why/why.hpp"
#include "audit/line.hpp"
#include "authpolicy/help.hpp"
#include "authpolicy/http.hpp"
#include "authpolicy/question.hpp"
#include "catch.hpp"
#include "checkpassword/answer.hpp"
#include "checkpassword/help.hpp"
#include "config/config.hpp"
#include "config/table.hpp"
#include "lists/entry_values.hpp"
#include "lists/rulebook.hpp"
#include "net/network.hpp"
#include "net/special.hpp"
#include "places.hpp"
#include "registry/publication.hpp"
#include "temp_folder.hpp"

using namespace badclients;

namespace {

std::string page(const std::string& name) {
  return read_whole_file(BADCLIENTS_SOURCE_ROOT "/man/" + name);
}

/// A page's lines between `.Sh` or `.Ss` `title` and the next of them.
std::vector<std::string> section(const std::string& text, const std::string& title) {
  std::vector<std::string> lines;
  std::istringstream input(text);
  bool inside = false;
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with(".Sh ") || line.starts_with(".Ss ")) {
      inside = line.substr(4) == title;
    } else if (inside) {
      lines.push_back(line);
    }
  }
  return lines;
}

/// What roff(7) escapes stand for, as far as the pages use them.
std::string unescaped(std::string text) {
  const std::map<std::string, std::string> escapes{
      {"\\&", ""}, {"\\(aq", "'"}, {"\\(dq", "\""}, {"\\e", "\\"}};
  for (const auto& [from, to] : escapes) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
    }
  }
  static const std::regex code_point(R"(\\\[u([0-9A-F]{4})\])");
  for (std::smatch match; std::regex_search(text, match, code_point);) {
    const auto code = std::stoul(match[1], nullptr, 16);  // none is above U+07FF
    const std::string bytes{static_cast<char>(0xc0U | code >> 6U),
                            static_cast<char>(0x80U | (code & 0x3fU))};
    text = match.prefix().str() + bytes + match.suffix().str();
  }
  return text;
}

/// Cells of the rows of a `.Bl -column` list.
std::vector<std::vector<std::string>> rows(const std::vector<std::string>& lines) {
  std::vector<std::vector<std::string>> table;
  for (const auto& line : lines) {
    if (!line.starts_with(".It ") || line.find(" Ta ") == std::string::npos) continue;
    auto& row = table.emplace_back();
    auto rest = unescaped(line.substr(4));
    for (auto at = rest.find(" Ta "); at != std::string::npos; at = rest.find(" Ta ")) {
      row.push_back(rest.substr(0, at));
      rest.erase(0, at + 4);
    }
    row.push_back(rest);
  }
  return table;
}

/// Keys and defaults that a section of bad_clients.conf(5) documents: `.It Ic key Pq default`.
std::map<std::string, std::string> keys_in(const std::string& title, const std::string& prefix) {
  std::map<std::string, std::string> keys;
  static const std::regex item(R"(\.It Ic (\S+) Pq (.+))");
  for (const auto& line : section(page("bad_clients.conf.5"), title)) {
    std::smatch match;
    if (std::regex_match(line, match, item)) keys[prefix + match[1].str()] = match[2];
  }
  return keys;
}

std::map<std::string, std::string> all_documented_keys() {
  auto keys = keys_in("Keys accepted for other versions", "");
  for (const auto* name : {"general", "lookup", "dns", "whois", "rdap", "budget", "cache",
                           "registry", "maxmind", "policy"}) {
    for (const auto& [key, value] :
         keys_in(fmt::format("Section {}", name), fmt::format("{}/", name))) {
      INFO("a key that is documented twice: " << key);
      CHECK(keys.emplace(key, value).second);
    }
  }
  return keys;
}

/// Items of the lists in some lines: `.It Cm name`, with several names as `.It Cm name , name`.
std::set<std::string> items(const std::vector<std::string>& lines) {
  std::set<std::string> names;
  static const std::regex separator("[ ,]+");
  for (const auto& line : lines) {
    if (!line.starts_with(".It Cm ")) continue;
    const auto rest = unescaped(line.substr(7));
    std::copy(std::sregex_token_iterator(rest.begin(), rest.end(), separator, -1),
              std::sregex_token_iterator(), std::inserter(names, names.end()));
  }
  return names;
}

}  // namespace

TEST_CASE("bad_clients.conf(5) has every key with its default, and no other") {
  const auto documented = all_documented_keys();
  std::set<std::string> known;
  for (const auto& [key, set, comment] : config::table()) {
    const auto name = fmt::format("{}/{}", key.section, key.name);
    known.insert(name);
    INFO(name);
    REQUIRE(documented.count(name) == 1);
    auto expected = std::string(key.default_text.empty() ? "empty" : key.default_text);
    // The page is written for --prefix=/usr.
    if (name == "lookup/helper") expected = "/usr/libexec/badclients/badclients-lookup";
    CHECK(documented.at(name) == expected);
  }
  for (const auto& [name, value] : documented) {
    INFO(name);
    CHECK(known.count(name) == 1);
  }
}

TEST_CASE("bad_clients.conf(5) has the original's keys among those without effect") {
  const auto without_effect = keys_in("Keys accepted for other versions", "");
  for (const auto& [key, set, comment] : config::table()) {
    if (!key.from_original) continue;
    INFO(key.name);
    CHECK(without_effect.count(fmt::format("{}/{}", key.section, key.name)) == 1);
  }
}

TEST_CASE("bad_clients.conf(5) has every publisher with its filter keys, and no other") {
  std::map<std::string, std::string> documented;
  for (const auto& row : rows(section(page("bad_clients.conf.5"), "Section update"))) {
    if (row.at(0) != "Sy publisher") documented[row.at(0)] = row.at(1) + ", " + row.at(2);
  }
  std::map<std::string, std::string> known;
  for (const auto& provider : admin::update::providers()) {
    known[std::string(provider.name)] = fmt::format(
        "{}, {}",
        provider.filter_keys.empty() ? "none"
                                     : fmt::format("{}", fmt::join(provider.filter_keys, " ")),
        provider.url.empty() ? "has to be given" : "known");
  }
  CHECK(documented == known);
}

TEST_CASE("badclients-registry(7) names every source with its files") {
  const auto text = page("badclients-registry.7");
  const auto lines = section(text, "SOURCES");
  const auto described = items(lines);
  for (const auto* source : {"ris", "asn", "delegated", "ripe", "apnic", "afrinic"}) {
    CHECK(described.count(source) == 1);
  }
  for (const auto& each : registry::publications()) {
    INFO(each.name);
    const auto folder = each.url.substr(0, each.url.size() - each.name.size());
    const bool by_folder = each.form == registry::Form::delegated;
    CHECK(text.find(by_folder ? folder : each.name) != std::string::npos);
    CHECK(text.find(folder) != std::string::npos);
  }
}

TEST_CASE("badclients-lists(5) describes every list") {
  const auto described = items(section(page("badclients-lists.5"), "The lists"));
  for (auto i = 0; i < static_cast<int>(lists::Field::service); ++i) {
    const auto name = std::string(lists::name(static_cast<lists::Field>(i)));
    INFO(name);
    CHECK(described.count(name) == 1);
  }
  for (const auto& name : described) {
    INFO(name);
    CHECK(lists::field_by_name(name));
  }
}

TEST_CASE("badclients-lists(5) has every country code with its name") {
  std::map<std::string, std::string> documented;
  for (const auto& row : rows(section(page("badclients-lists.5"), "COUNTRY CODES"))) {
    for (std::size_t i = 0; i + 1 < row.size(); i += 2) documented[row[i]] = row[i + 1];
  }
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      const std::string code{a, b};
      INFO(code);
      CHECK((documented.count(code) == 1) == lists::is_country_code(code));
      CHECK(documented[code].empty() != lists::is_country_code(code));
    }
  }
}

TEST_CASE("badclients-lists(5) has every special-purpose block with its name") {
  const auto table = rows(section(page("badclients-lists.5"), "SPECIAL-PURPOSE ADDRESSES"));
  REQUIRE(table.size() == 1 + 17 + 11);
  for (auto row = table.begin() + 1; row != table.end(); ++row) {
    INFO(row->at(0));
    const auto block = net::Network::parse(row->at(0));
    REQUIRE(block);
    CHECK(net::special_purpose(block->base()) == row->at(1));
    if (block->prefix() > 8 || block->base().is_v4()) {
      const auto name = net::special_purpose(block->last());
      CHECK((name == row->at(1) || row->at(0) == "240.0.0.0/4"));
    }
  }
}

TEST_CASE("badclients(8) describes every field of the audit line") {
  facts::Login login{"u", "imap", net::Address::v4(0x34610001), "id", "session", "master"};
  facts::Facts facts;
  facts::Verdict refused;
  refused.decision = facts::Verdict::Decision::deny;
  refused.matched = refused.rule = refused.client = "x";
  auto watched = refused;
  watched.decision = facts::Verdict::Decision::allow;
  watched.would_block = true;
  const auto text = audit::line(login, facts, refused, std::chrono::nanoseconds(1)) + ", " +
                    audit::prepare(login, facts, watched).text(std::chrono::nanoseconds(1), "x");
  const auto described = items(section(page("badclients.8"), "THE AUDIT LINE"));
  static const std::regex field(R"((?:: |, )([a-z_]+)=)");
  std::size_t fields = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), field), end; at != end; ++at, ++fields) {
    const auto name = (*at)[1].str();
    INFO(name);
    CHECK((described.count(name) == 1 || described.count(name + "=True") == 1));
  }
  CHECK(fields > 20);
}

TEST_CASE("badclients(8) has every exit code") {
  const auto table = rows(section(page("badclients.8"), "EXIT STATUS"));
  const auto documented = [&](const std::string& situation, bool credentials) {
    for (const auto& row : table) {
      if (row.at(0) == situation) return row.at(credentials ? 2 : 1);
    }
    return std::string("not in the table");
  };
  const auto code_of = [](const facts::Verdict& verdict, const checkpassword::Call& call) {
    config::Config::General settings;
    settings.deny_message_services = {"imap"};
    return checkpassword::answer(verdict, call, "imap", settings).code;
  };
  facts::Verdict denied;
  denied.decision = facts::Verdict::Decision::deny;
  facts::Verdict undecided;
  undecided.decision = facts::Verdict::Decision::tempfail;
  for (const bool credentials : {false, true}) {
    checkpassword::Call call;
    call.credentials_lookup = credentials;
    CHECK(documented("allowed, no program", credentials) == std::to_string(code_of({}, call)));
    CHECK(documented("denied", credentials) == std::to_string(code_of(denied, call)));
    CHECK(documented("cannot decide", credentials) == std::to_string(code_of(undecided, call)));
    CHECK(documented("called wrongly", credentials) ==
          std::to_string(checkpassword::called_wrongly(call)));
    call.reply_open = true;
    call.program = {"/usr/lib/dovecot/checkpassword-reply"};
    CHECK(documented("allowed, checkpassword-reply", credentials) ==
          fmt::format("reply, {}", code_of({}, call)));
    denied.message = "why";
    CHECK(documented("denied, with a text for the user", credentials) ==
          fmt::format("{}{}", credentials ? "" : "reply, ", code_of(denied, call)));
    denied.message.clear();
  }
  CHECK(documented("cannot decide", false) == std::to_string(checkpassword::cannot_decide));
}

TEST_CASE("each door's page has the options that its help shows, and no other") {
  for (const auto& [name, help] : {std::pair{"badclients.8", checkpassword::help_text()},
                                   {"badclients-policy.8", authpolicy::help_text()}}) {
    INFO(name);
    const std::regex in_help("\n  (?:-[a-z], )?--([a-z]+)");
    const std::regex in_page("Fl -([a-z]+)");
    const auto text = page(name);
    const auto all = [](const std::string& where, const std::regex& what) {
      return std::set<std::string>(std::sregex_token_iterator(where.begin(), where.end(), what, 1),
                                   std::sregex_token_iterator());
    };
    CHECK(all(help, in_help).size() == 4);
    CHECK(all(help, in_help) == all(text, in_page));
  }
}

namespace {

using Texts = std::set<std::string>;

Texts all_of(const std::string& where, const std::regex& what) {
  return {std::sregex_token_iterator(where.begin(), where.end(), what, 1),
          std::sregex_token_iterator()};
}

/// The options of a command: by its letter where it has one, else by its name.
Texts options_of(const admin::Command& command) {
  std::ostringstream out;
  const admin::Context context{"/none.conf.ext", [] { return facts::Time{}; }, out, out};
  CHECK(command.run({"--help"}, context) == admin::exit_good);
  auto options = all_of(out.str(), std::regex(R"(\n  (?:-([a-z]) \[ --[a-z-]+ \]))"));
  options.merge(all_of(out.str(), std::regex(R"(\n  --([a-z-]+))")));
  for (const auto* everywhere : {"h", "help", "version"}) options.erase(everywhere);
  return options;
}

void add_options(std::span<const admin::Command> commands, const std::string& before,
                 std::map<std::string, Texts>& all) {
  for (const auto& command : commands) {
    const auto name = before + std::string(command.name);
    if (command.subcommands != nullptr) {
      add_options(command.subcommands(), name + " ", all);
    } else {
      all[name] = options_of(command);
    }
  }
}

/// What the SYNOPSIS of badclientsctl(8) has for each command: `.Nm`, `.Op`, `.Cm NAME ...` and
/// more lines of options. `.Cm cache stats | prune` stands for two.
std::map<std::string, Texts> options_in_synopsis() {
  std::map<std::string, Texts> all;
  Texts names;
  for (const auto& line : section(page("badclientsctl.8"), "SYNOPSIS")) {
    if (line == ".Nm") names.clear();
    if (line.starts_with(".Cm ")) {
      std::istringstream words(line.substr(4, line.find(" Ar ") - 4));
      std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
      std::erase(row, "|");
      if (row.size() == 1) names.insert(row.front());
      for (std::size_t i = 1; i < row.size(); ++i) names.insert(row.front() + " " + row[i]);
      for (const auto& name : names) all[name];
    }
    for (const auto& name : names) {
      all[name].merge(all_of(line, std::regex(R"((?:Fl|\|) -([a-z-]+))")));
      for (const auto& letters : all_of(line, std::regex("Fl ([a-z]+)"))) {
        for (const char letter : letters) all[name].emplace(1, letter);
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("badclientsctl(8) has every command with its options, and no other, and explains them") {
  std::map<std::string, Texts> known;
  add_options(admin::commands(), "", known);
  auto documented = options_in_synopsis();
  CHECK(known.size() > 20);
  for (const auto& [name, options] : known) {
    CAPTURE(name);
    CHECK(documented[name] == options);
  }
  auto text = page("badclientsctl.8");
  text.erase(0, text.find(".Sh DESCRIPTION"));
  for (const auto& [name, options] : documented) {
    CAPTURE(name);
    CHECK(known.count(name) == 1);
    for (const auto& option : options) {
      CAPTURE(option);
      const auto flag = option.size() == 1 ? "Fl " + option : "Fl -" + option;
      CHECK(std::regex_search(text, std::regex(flag + R"(\b)")));
    }
  }
}

TEST_CASE("badclients-policy(8) has the field names and the limits of a request") {
  const auto text = page("badclients-policy.8");
  for (const auto* const field :
       {"login", "remote", "protocol", "device_id", "session_id", "master"}) {
    INFO(field);
    CHECK(text.find(std::string(".It Cm ") + field + "\n") != std::string::npos);
    const auto wrong = std::string("{\"") + field + "\": 5}";
    CHECK(authpolicy::read_question(wrong).error() ==
          std::string(field) + " is a number, not a string");
  }
  CHECK_THAT(text, ContainsSubstring(fmt::format("A request may have {} KiB, {} KiB of them",
                                                 authpolicy::longest_request / 1024,
                                                 authpolicy::longest_header / 1024)));
}

namespace {

void collect_keys(const nlohmann::ordered_json& json, std::set<std::string>& keys) {
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) keys.insert(key);
    if (value.is_structured()) collect_keys(value, keys);
  }
}

void check_documented(const std::set<std::string>& keys, const std::string& title) {
  std::string text;
  for (const auto& line : section(page("badclientsctl.8"), title)) text += line + "\n";
  for (const auto& key : keys) {
    INFO(key);
    CHECK(std::regex_search(text, std::regex("[ ,(]" + key + "\\b")));
  }
}

}  // namespace

TEST_CASE("badclientsctl(8) has every key of the JSON") {
  using facts::Knowledge;
  admin::Report report;
  report.login.address = net::Address::v4(0x34610001);
  auto& facts = report.facts;
  facts.reverse_names.knowledge = facts.origin.knowledge = facts.registration.knowledge =
      facts.geo_city.knowledge = facts.geo_asn.knowledge = facts.geo_anonymous.knowledge =
          Knowledge::known;
  facts.reverse_names.value = {{"name", {}}};
  facts.geo_city.value.city = facts::Place{};
  facts.geo_city.value.location = facts::Circle{};
  facts.dnsbl.emplace_back().knowledge = Knowledge::known;
  report.matches.emplace_back();
  std::set<std::string> keys;
  collect_keys(admin::as_json(report, {}), keys);
  CHECK(keys.size() > 40);

  check_documented(keys, "JSON");
}

TEST_CASE("badclientsctl(8) has every key of notify's JSON, and every placeholder") {
  std::set<std::string> keys;
  collect_keys(admin::notify::as_json({{}}, true), keys);
  CHECK(keys.size() > 15);
  check_documented(keys, "JSON of notify");
  const auto lines = section(page("badclientsctl.8"), "notify");
  for (const auto& [name, value] : admin::notify::placeholders) {
    CAPTURE(name);
    const auto shown = fmt::format(".Ql {{{}}}", name);
    CHECK(std::any_of(lines.begin(), lines.end(),
                      [&](const std::string& line) { return line.starts_with(shown); }));
  }
}

TEST_CASE("badclientsctl(8) has every key of report's JSON") {
  admin::report::Report report;
  report.asked.addresses = true;
  report.refused_users.push_back({"alice", {}, {{"asn AS1", 1}}, {}});
  for (auto& table : report.tables) table.emplace_back();
  report.hours[0].logins = 1;
  std::set<std::string> keys;
  collect_keys(admin::report::as_json(report), keys);
  CHECK(keys.size() > 35);
  check_documented(keys, "JSON of report");
}

TEST_CASE("badclientsctl(8) has every key of replay's JSON, and of why's") {
  admin::replay::Result result;
  result.by_rule["x"].logins = 1;
  result.by_user["x"].logins = 1;
  result.may_be_hit["x"].logins = 1;
  std::set<std::string> keys;
  collect_keys(admin::replay::as_json(result), keys);
  CHECK(keys.size() > 15);
  check_documented(keys, "JSON of replay");

  admin::why::Explanation explanation;
  explanation.today.push_back({lists::Action::deny, "", "", "", ""});
  keys.clear();
  collect_keys(admin::why::as_json(explanation), keys);
  CHECK(keys.size() > 30);
  check_documented(keys, "JSON of why");
}

TEST_CASE("every section that a manual page refers to is there, in it or in another", "[manual]") {
  static const std::regex title(R"(\.S[hs] (.+))"), reference(R"(\.(?:.* )?Sx (.+?)(?: [.,;:)])*)");
  std::set<std::string> titles, wanted;
  for (const auto& file : std::filesystem::directory_iterator(BADCLIENTS_SOURCE_ROOT "/man")) {
    std::istringstream lines(page(file.path().filename().string()));
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_match(line, match, title)) titles.insert(match[1]);
      if (std::regex_match(line, match, reference)) wanted.insert(match[1]);
    }
  }
  CHECK(wanted.size() > 10);
  for (const auto& each : wanted) {
    INFO(each);
    CHECK(titles.contains(each));
  }
}
