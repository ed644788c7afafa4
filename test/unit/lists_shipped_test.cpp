// The lists that are shipped: the templates in lists/ and the ready ones in examples/lists/.

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "lists/known_files.hpp"
#include "lists/rulebook.hpp"
#include "net/network.hpp"
#include "places.hpp"
#include "temp_folder.hpp"

using namespace badclients::lists;

namespace {

const std::string templates = BADCLIENTS_SOURCE_ROOT "/lists";
const std::string examples = BADCLIENTS_SOURCE_ROOT "/examples/lists";

// Of the lists; the catalogue of client files, which lies beside them, has a test of its own.
std::string problems(const RuleBook& book) {
  std::string result;
  for (const auto& problem : book.problems) {
    if (problem.file.find("/clients/") == std::string::npos) result += problem.str() + "\n";
  }
  return result;
}

// Example entries in the templates stand right behind their #, prose stands behind a blank.
std::string with_examples(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    const bool example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    result += (example ? line.substr(1) : line) + "\n";
    at = end + 1;
  }
  return result;
}

}  // namespace

TEST_CASE("the templates have no entry and no problem") {
  const auto book = read_lists(templates);
  CHECK(book.entries.empty());
  CHECK(problems(book).empty());
}

TEST_CASE("there is a template for every deny list") {
  const auto book = read_lists(templates);
  const std::set<std::string> files(book.files.begin(), book.files.end());
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    if (!has_list(field, Action::deny)) continue;
    CAPTURE(name(field));
    CHECK(files.contains(list_stem(field, Action::deny) + ".lst"));
  }
  CHECK(files.contains("ip_net.allow.lst"));
  CHECK(files.contains("user.allow.lst"));
}

TEST_CASE("every template has examples, and they are good once their # is gone") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "maxmind");
  const auto before = read_lists(templates);
  for (const auto& file : before.files) {
    if (!file.ends_with(".lst")) continue;
    folder.write(file, with_examples(read_whole_file(templates + "/" + file)));
  }
  const auto book = read_lists(folder.path());
  CHECK(problems(book).empty());
  for (std::uint32_t i = 0; i < book.files.size(); ++i) {
    CAPTURE(book.files[i]);
    CHECK(std::any_of(book.entries.begin(), book.entries.end(),
                      [&](const Entry& entry) { return entry.where.file == i; }));
  }
}

TEST_CASE("the examples have entries in every file and no problem") {
  const auto book = read_lists(examples);
  CHECK(problems(book).empty());
  CHECK(book.files.size() >= 3);
  for (std::uint32_t i = 0; i < book.files.size(); ++i) {
    CAPTURE(book.files[i]);
    CHECK(std::any_of(book.entries.begin(), book.entries.end(),
                      [&](const Entry& entry) { return entry.where.file == i; }));
  }
}

TEST_CASE("the examples hit New Outlook's cloud and no ordinary address") {
  const auto book = read_lists(examples);
  const auto listed = [&](std::string_view text) {
    const auto address = badclients::net::Address::parse(text).value();
    return std::any_of(book.entries.begin(), book.entries.end(), [&](const Entry& entry) {
      return entry.field == Field::ip_net && entry.action == Action::deny &&
             badclients::net::Network::parse(entry.value)->contains(address);
    });
  };
  CHECK(listed("52.97.246.245"));
  CHECK(listed("13.107.18.11"));
  CHECK(listed("2603:1026:c0a::1"));
  CHECK_FALSE(listed("209.85.218.15"));
  CHECK_FALSE(listed("139.162.133.252"));
  CHECK_FALSE(listed("131.220.0.1"));
  CHECK_FALSE(listed("2a00:1450:4001::1"));
}
