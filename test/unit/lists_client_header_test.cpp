// What client files say about themselves, besides rules.

#include "catch.hpp"
#include "lists/rulebook.hpp"
#include "temp_folder.hpp"

using namespace badclients;

namespace {

lists::RuleBook book_of(const std::string& text) {
  const TempFolder folder;
  folder.write("app.client", text);
  return lists::read_clients(folder.path());
}

}  // namespace

TEST_CASE("a client file says how sure it is") {
  for (const auto* word : {"seen", "published", "reported", "guess"}) {
    const auto book = book_of(std::string("Name: App\nConfidence: ") + word + "\n\nasn=AS1\n");
    CHECK(book.problems.empty());
    REQUIRE(book.clients.size() == 1);
    CHECK(book.clients[0].confidence == word);
  }
  CHECK(book_of("Name: App\nCONFIDENCE: Seen\n\nasn=AS1\n").clients.at(0).confidence == "seen");
  CHECK(book_of("Name: App\n\nasn=AS1\n").clients.at(0).confidence.empty());
}

TEST_CASE("a client file that is sure in other words is an error, and its rules are used") {
  const auto book = book_of("Name: App\nConfidence: very\n\nasn=AS1\n");
  REQUIRE(book.problems.size() == 1);
  CHECK_THAT(book.problems[0].str(),
             ContainsSubstring("app.client:2: confidence: 'very' is none of seen, published, "
                               "reported, guess"));
  CHECK(book.clients.at(0).confidence.empty());
  CHECK(book.problems[0].severity == config::Problem::Severity::error);
  CHECK(book.client_rules.size() == 1);
  CHECK_THAT(book_of("Name: App\nConfidence: publishd\n").problems.at(0).str(),
             ContainsSubstring("did you mean published?"));
}

TEST_CASE("a client file without rules says why") {
  const auto book = book_of("Name: App\nNo-Rule: networks unknown\n");
  REQUIRE(book.clients.size() == 1);
  CHECK(book.clients[0].no_rule == "networks unknown");
  CHECK(book.problems.empty());
}

TEST_CASE("a client file with rules that says why it has none is warned of") {
  const auto book = book_of("Name: App\nNo-Rule: networks unknown\n\nasn=AS1\n");
  REQUIRE(book.problems.size() == 1);
  CHECK(book.problems[0].severity == config::Problem::Severity::warning);
  CHECK_THAT(book.problems[0].str(), ContainsSubstring("has rules, although 'No-Rule:'"));
  CHECK(book.client_rules.size() == 1);
}
