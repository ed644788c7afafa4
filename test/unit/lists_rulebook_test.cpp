#include "lists/rulebook.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;
using badclients::config::Problem;

namespace {

// "ip_net.deny.lst:3 ip_net deny 52.96.0.0/14" for each entry.
std::vector<std::string> entries(const RuleBook& book) {
  std::vector<std::string> result;
  for (const auto& entry : book.entries) {
    result.push_back(book.files.at(entry.where.file) + ":" + std::to_string(entry.where.line) +
                     " " + std::string{name(entry.field)} +
                     (entry.action == Action::deny ? " deny " : " allow ") + entry.value);
  }
  return result;
}

using Lines = std::vector<std::string>;

// Problems with list_path cut off.
Lines problems(const RuleBook& book, const TempFolder& folder) {
  Lines result;
  for (const auto& problem : book.problems) {
    auto text = problem.str();
    if (text.starts_with(folder.path() + "/")) text.erase(0, folder.path().size() + 1);
    result.push_back(text);
  }
  return result;
}

bool only(const RuleBook& book, Problem::Severity severity, std::size_t count) {
  return book.problems.size() == count &&
         std::all_of(book.problems.begin(), book.problems.end(),
                     [&](const auto& problem) { return problem.severity == severity; });
}

}  // namespace

TEST_CASE("every field has its name, and every name its field") {
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    CHECK(field_by_name(name(field)) == (field == Field::user_name ? Field::user : field));
  }
  CHECK(name(Field::ip_net) == "ip_net");
  CHECK(name(Field::maxmind_as_org) == "maxmind/as_org");
  CHECK(name(Field::maxmind_anonymous) == "maxmind/anonymous");
  CHECK(name(Field::service) == "service");
  CHECK_FALSE(field_by_name("as_org"));
  CHECK_FALSE(field_by_name(""));
}

TEST_CASE("lists, drop-in folders and allow lists are read in order") {
  const TempFolder folder;
  for (const auto* inner :
       {"maxmind", "ip_net.deny.d", "user.allow.d", "maxmind/geo_loc.allow.d"}) {
    std::filesystem::create_directory(folder / inner);
  }
  folder.write("ip_net.deny.lst", "# Microsoft\n52.96.0.0/14\n\n13.107.6.152/31 Outlook\n");
  folder.write("ip_net.deny.d/b.lst", "8.8.8.0/24");
  folder.write("ip_net.deny.d/a.lst", "9.9.9.0/24");
  folder.write("ip_net.allow.lst", "52.97.1.1");
  folder.write("asn.deny.lst", "AS64500\n");
  folder.write("maxmind/as_org.deny.lst", "'Google LLC\n");
  folder.write("maxmind/geo_loc.allow.d/x.lst", "6254928\n");
  folder.write("user.allow.d/staff.lst", "ceo@example%.org\n");

  const auto book = read_lists(folder.path());
  CHECK(entries(book) == Lines{"ip_net.deny.lst:2 ip_net deny 52.96.0.0/14",
                               "ip_net.deny.lst:4 ip_net deny 13.107.6.152/31",
                               "ip_net.deny.d/a.lst:1 ip_net deny 9.9.9.0/24",
                               "ip_net.deny.d/b.lst:1 ip_net deny 8.8.8.0/24",
                               "ip_net.allow.lst:1 ip_net allow 52.97.1.1/32",
                               "asn.deny.lst:1 asn deny AS64500",
                               "maxmind/as_org.deny.lst:1 maxmind/as_org deny 'Google LLC",
                               "maxmind/geo_loc.allow.d/x.lst:1 maxmind/geo_loc allow 6254928",
                               "user.allow.d/staff.lst:1 user allow ceo@example%.org"});
  CHECK(problems(book, folder).empty());
  CHECK(read_lists(folder.path() + "//").entries.size() == book.entries.size());
}

TEST_CASE("every list that there may be is read") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "maxmind");
  const std::vector<std::pair<std::string, std::string>> samples{
      {"ip_net", "52.96.0.0/14"},
      {"rev_host", "<>"},
      {"asn", "AS1"},
      {"as_cc", "DE"},
      {"as_dscr", "x"},
      {"net_cc", "DE"},
      {"net_name", "MSFT"},
      {"entity", "vknc"},
      {"dnsbl", "bl.example"},
      {"client_id", ".*Outlook.*"},
      {"maxmind/as_org", "x"},
      {"maxmind/geo_loc", "1"},
      {"maxmind/geo_cc", "DE"},
      {"maxmind/coords", "1,2,3,0.5"},
      {"maxmind/anonymous", "is_tor_exit_node"},
  };
  for (const auto& [list, sample] : samples) {
    folder.write(list + ".deny.lst", sample);
    folder.write(list + ".allow.lst", sample);
  }
  folder.write("user.allow.lst", "alice");
  const auto book = read_lists(folder.path());
  CHECK(problems(book, folder).empty());
  CHECK(book.entries.size() == 2 * samples.size() + 1);
  for (const auto& [list, sample] : samples) {
    CAPTURE(list);
    for (const auto action : {Action::deny, Action::allow}) {
      CHECK(std::any_of(book.entries.begin(), book.entries.end(), [&](const Entry& entry) {
              return name(entry.field) == list && entry.action == action && entry.value == sample;
            }) == (list != "ip_net" || sample == "52.96.0.0/14"));
    }
  }
}

TEST_CASE("comments, CRLF, a byte order mark and a missing last line end do no harm") {
  const TempFolder folder;
  folder.write("asn.deny.lst",
               "\xef\xbb\xbf# one\r\n  -- two\r\n\t; three\r\n\r\nAS1 four\r\n   \r\n  as2\r\nAS3");
  const auto book = read_lists(folder.path());
  CHECK(entries(book) == Lines{"asn.deny.lst:5 asn deny AS1", "asn.deny.lst:7 asn deny AS2",
                               "asn.deny.lst:8 asn deny AS3"});
  CHECK(problems(book, folder).empty());
}

TEST_CASE("a bad line is named by file and line, and the others count") {
  const TempFolder folder;
  folder.write("ip_net.deny.lst", "10.0.0.0/33\n52.96.0.0/14\n1.2.3.4, 1.2.3.5\n");
  folder.write("rev_host.deny.lst", "abc%\n" + std::string(5000, 'a') + "\ngood\n");
  const auto book = read_lists(folder.path());
  CHECK(entries(book) == Lines{"ip_net.deny.lst:2 ip_net deny 52.96.0.0/14",
                               "rev_host.deny.lst:3 rev_host deny good"});
  CHECK(problems(book, folder) ==
        Lines{"ip_net.deny.lst:1: '10.0.0.0/33' is not a network: the prefix must be 0 to 32",
              "ip_net.deny.lst:3: '1.2.3.4, 1.2.3.5': there is a comma; write one entry a line, "
              "without commas",
              "rev_host.deny.lst:1: 'abc%' is no Lua pattern: malformed pattern (ends with '%')",
              "rev_host.deny.lst:2: the line is longer than 4096 bytes"});
  CHECK(only(book, Problem::Severity::error, 4));
}

TEST_CASE("what is remarked about an entry that counts is a note or a warning") {
  const TempFolder folder;
  folder.write("ip_net.deny.lst", "176.112.170.0/21\n");
  const auto noted = read_lists(folder.path());
  CHECK(noted.entries.size() == 1);
  CHECK(only(noted, Problem::Severity::note, 1));
  folder.write("ip_net.deny.lst", "0.0.0.0/0\n");
  const auto warned = read_lists(folder.path());
  CHECK(warned.entries.size() == 1);
  CHECK(only(warned, Problem::Severity::warning, 1));
}

TEST_CASE("a list_path that is missing, or no folder, is a problem") {
  const TempFolder folder;
  folder.write("file", "");
  for (const auto* path : {"none", "file", "none/inner"}) {
    CAPTURE(path);
    const auto book = read_lists(folder / path);
    CHECK(only(book, Problem::Severity::error, 1));
    CHECK(book.problems[0].file == folder / path);
    CHECK(book.problems[0].line == 0);
  }
  CHECK(only(read_lists(""), Problem::Severity::error, 1));
}

TEST_CASE("an empty list_path has no rules and no problems") {
  const TempFolder folder;
  const auto book = read_lists(folder.path());
  CHECK(book.entries.empty());
  CHECK(book.problems.empty());
}

TEST_CASE(
    "folders, FIFOs and broken links in the place of lists are problems, and the rest counts") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "ip_net.deny.lst");
  REQUIRE(mkfifo((folder / "rev_host.deny.lst").c_str(), 0600) == 0);
  std::filesystem::create_symlink("nowhere", folder / "as_cc.deny.lst");
  folder.write("net_cc.deny.d", "DE\n");
  folder.write("maxmind", "");
  folder.write("asn.deny.lst", "AS1\n");
  std::filesystem::create_directory(folder / "asn.deny.d");
  std::filesystem::create_directory(folder / "asn.deny.d/inner.lst");
  const auto book = read_lists(folder.path());
  CHECK(entries(book) == Lines{"asn.deny.lst:1 asn deny AS1"});
  CHECK(problems(book, folder) ==
        Lines{"ip_net.deny.lst: cannot be read: is a folder, where a file should be",
              "rev_host.deny.lst: cannot be read: is no regular file",
              "asn.deny.d/inner.lst: cannot be read: is a folder, where a file should be",
              "as_cc.deny.lst: cannot be read: is a symbolic link to something that does not exist",
              "net_cc.deny.d: cannot be read: Not a directory",
              "maxmind: cannot be read: Not a directory"});
}

TEST_CASE("what may not be read is a problem") {
  if (geteuid() == 0) return;  // root may read everything
  const TempFolder folder;
  folder.write("asn.deny.lst", "AS1\n", 0);
  folder.write("as_cc.deny.lst", "DE\n");
  CHECK(problems(read_lists(folder.path()), folder) ==
        Lines{"asn.deny.lst: cannot be read: Permission denied"});

  chmod((folder / "asn.deny.lst").c_str(), 0600);
  chmod(folder.path().c_str(), 0100);  // can be searched, not read
  const auto by_name = read_lists(folder.path());
  CHECK(by_name.entries.size() == 2);
  CHECK(only(by_name, Problem::Severity::error, 1));
  chmod(folder.path().c_str(), 0);
  CHECK(only(read_lists(folder.path()), Problem::Severity::error, 1));
}

TEST_CASE("a file that looks like a list but is none is a warning with the nearest name") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "maxmind");
  for (const auto* stray :
       {"asn_num.deny.lst", "geo_cc.deny.lst", "ip_net.deny.txt", "ip_net.lst", "Net_Name.deny.lst",
        "maxmind/ip_net.deny.lst", "service.deny.lst", "whatever.allow.list", "x.client"}) {
    folder.write(stray, "anything\n");
  }
  const auto book = read_lists(folder.path());
  CHECK(book.entries.empty());
  CHECK(only(book, Problem::Severity::warning, 9));
  const auto found = problems(book, folder);
  const auto advice = [&](const std::string& file) {
    for (const auto& line : found) {
      if (line.starts_with(file + ": ")) return line.substr(file.size() + 2);
    }
    return std::string{"none"};
  };
  const std::string no_such = "is not read: there is no list of this name";
  CHECK(advice("asn_num.deny.lst") == no_such + " (did you mean asn.deny.lst?)");
  CHECK(advice("geo_cc.deny.lst") == no_such + " (did you mean maxmind/geo_cc.deny.lst?)");
  CHECK(advice("ip_net.deny.txt") == no_such + " (did you mean ip_net.deny.lst?)");
  CHECK(advice("ip_net.lst") == no_such + " (did you mean ip_net.deny.lst?)");
  CHECK(advice("Net_Name.deny.lst") == no_such + " (did you mean net_name.deny.lst?)");
  CHECK(advice("maxmind/ip_net.deny.lst") == no_such + " (did you mean ip_net.deny.lst?)");
  CHECK(advice("whatever.allow.list").starts_with(no_such));
  CHECK_THAT(advice("service.deny.lst"), ContainsSubstring("disabled_services"));
  CHECK_THAT(advice("x.client"), ContainsSubstring("the folder clients"));
}

TEST_CASE("users can only be allowed") {
  const TempFolder folder;
  folder.write("user.deny.lst", "mallory\n");
  const auto book = read_lists(folder.path());
  CHECK(book.entries.empty());
  CHECK(only(book, Problem::Severity::error, 1));
  CHECK_THAT(problems(book, folder)[0],
             ContainsSubstring("user.deny.lst: user lists can only allow"));
}

TEST_CASE("backups, hidden files and other things are passed over") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "asn.deny.d");
  for (const auto* name : {"ip_net.deny.lst~", ".asn.deny.lst.swp", "asn.deny.lst.dpkg-dist",
                           "README", "update.sh", "asn.deny.d/x.lst.bak", "asn.deny.d/README.md"}) {
    folder.write(name, "rubbish\n");
  }
  const auto book = read_lists(folder.path());
  CHECK(book.entries.empty());
  CHECK(book.problems.empty());
  folder.write("asn.deny.d/more", "AS1\n");
  CHECK(problems(read_lists(folder.path()), folder) ==
        Lines{"asn.deny.d/more: is not read: its name does not end with .lst"});
}

TEST_CASE("a range is the entries of its line, in lists to allow and to deny") {
  const TempFolder folder;
  folder.write("ip_net.deny.lst", "# mine\n1.2.3.4 - 1.2.3.9 x\n8.8.8.0/24;y\n");
  folder.write("ip_net.allow.lst", "1.2.3.4-1.2.3.5\n");
  const auto book = read_lists(folder.path());
  CHECK(entries(book) == Lines{"ip_net.deny.lst:2 ip_net deny 1.2.3.4/30",
                               "ip_net.deny.lst:2 ip_net deny 1.2.3.8/31",
                               "ip_net.deny.lst:3 ip_net deny 8.8.8.0/24",
                               "ip_net.allow.lst:1 ip_net allow 1.2.3.4/31"});
  CHECK(book.problems.empty());
}

TEST_CASE("however many notes there are on a list, they are no errors") {
  const TempFolder folder;
  std::string networks;
  for (int i = 0; i < 10'001; ++i) {
    networks += "20." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".1/24\n";
  }
  folder.write("ip_net.deny.lst", networks);
  const auto book = read_lists(folder.path());
  CHECK(book.entries.size() == 10'001);
  REQUIRE(only(book, Problem::Severity::note, 10'001));
  CHECK(problems(book, folder).back() ==
        "ip_net.deny.lst: 1 more notes in this file, 10001 in all");

  folder.write("ip_net.deny.lst", networks + "what?\n");
  const auto with_error = read_lists(folder.path());
  CHECK(std::ranges::count(with_error.problems, Problem::Severity::error, &Problem::severity) == 1);
}

TEST_CASE("files of another kind do not drown everything in problems") {
  const TempFolder folder;
  std::string rubbish;
  for (int i = 0; i < 20'000; ++i) rubbish += "\x01\x02\n";
  folder.write("ip_net.deny.lst", rubbish);
  folder.write("asn.deny.lst", std::string("\xff\xfe"
                                           "A\0S\0",
                                           6));
  const auto book = read_lists(folder.path());
  CHECK(book.entries.empty());
  CHECK(book.problems.size() == 10'002);
  const auto found = problems(book, folder);
  CHECK(found[10'000] == "ip_net.deny.lst: 10000 more errors in this file, 20000 in all");
  CHECK_THAT(found[10'001], ContainsSubstring("asn.deny.lst: cannot be read: is UTF-16"));
}
