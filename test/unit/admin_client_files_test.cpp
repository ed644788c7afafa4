// Enabling and disabling clients, and what there is.

#include "admin/client_files.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "catch.hpp"
#include "temp_folder.hpp"

namespace fs = std::filesystem;
using namespace badclients;
using admin::ClientFolders;
using lists::ClientMode;

namespace {

class Place {
 public:
  Place() {
    fs::create_directory(folder_ / "lists");
    fs::create_directories(folder_ / "catalogue/data");
    folder_.write("catalogue/outlook.client", "Name: Outlook\n\nip_net=@data/outlook.net\n");
    folder_.write("catalogue/data/outlook.net", "52.96.0.0/14\n");
    folder_.write("catalogue/boxer.client", "Name: Boxer\n");
  }
  [[nodiscard]] ClientFolders folders() const { return {folder_ / "lists", folder_ / "catalogue"}; }
  [[nodiscard]] std::string enabled(const std::string& name) const {
    return folder_ / ("lists/clients/" + name);
  }
  void write_own(const std::string& name, const std::string& text) const {
    fs::create_directories(folder_ / "lists/clients");
    folder_.write("lists/clients/" + name, text);
  }
  /// What lies in list_path/clients.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "lists/clients")) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  /// What a login would read.
  [[nodiscard]] lists::RuleBook book() const { return lists::read_lists(folder_ / "lists"); }

 private:
  TempFolder folder_;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("enabling a client makes a link, and its rules count") {
  const Place place;
  const auto done = enable(place.folders(), "outlook", false);
  REQUIRE(done);
  CHECK_THAT(done->text, ContainsSubstring("enabled: "));
  CHECK(done->made == Names{place.enabled("outlook.client")});
  CHECK(done->removed.empty());
  CHECK(done->target == place.folders().catalogue_file("outlook"));
  CHECK(place.names() == Names{"outlook.client"});
  CHECK(fs::read_symlink(place.enabled("outlook.client")) ==
        place.folders().catalogue_file("outlook"));
  const auto book = place.book();
  CHECK(book.problems.empty());
  REQUIRE(book.clients.size() == 1);
  CHECK(book.clients[0].mode == ClientMode::as_configured);
  CHECK(book.client_rules.size() == 1);
}

TEST_CASE("what was enabled can be read by everybody, whatever root's umask") {
  const Place place;
  const auto before = umask(0077);
  const auto done = enable(place.folders(), "outlook", true);
  umask(before);
  REQUIRE(done);
  struct stat status {};
  REQUIRE(stat((place.folders().enabled()).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0755);
  REQUIRE(stat(place.enabled("outlook.monitor").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0644);
}

TEST_CASE("a client goes into monitor mode and out of it again") {
  const Place place;
  REQUIRE(enable(place.folders(), "outlook", true));
  CHECK(place.names() == Names{"outlook.client", "outlook.monitor"});
  CHECK(place.book().clients.at(0).mode == ClientMode::monitor);
  CHECK(place.book().problems.empty());

  CHECK_THAT(enable(place.folders(), "outlook", false)->text,
             ContainsSubstring("no longer in monitor mode"));
  CHECK(place.names() == Names{"outlook.client"});
  CHECK(place.book().clients.at(0).mode == ClientMode::as_configured);

  CHECK_THAT(enable(place.folders(), "outlook", true)->text, ContainsSubstring("in monitor mode"));
  CHECK(place.book().clients.at(0).mode == ClientMode::monitor);
}

TEST_CASE("enabling and disabling twice changes nothing more") {
  const Place place;
  for (const bool monitor : {false, true}) {
    REQUIRE(enable(place.folders(), "outlook", monitor));
    const auto names = place.names();
    REQUIRE(enable(place.folders(), "outlook", monitor));
    CHECK(place.names() == names);
    CHECK_THAT(disable(place.folders(), "outlook").value().text, ContainsSubstring("disabled: "));
    CHECK(place.names().empty());
    CHECK(disable(place.folders(), "outlook").value().text.empty());
    CHECK(place.book().clients.empty());
  }
}

TEST_CASE("disabling leaves files of the administrator alone") {
  const Place place;
  place.write_own("outlook.client", "Name: Mine\n\nasn=AS1\n");
  const auto done = disable(place.folders(), "outlook");
  REQUIRE_FALSE(done);
  CHECK_THAT(done.error(), ContainsSubstring("a file of your own, and stays"));
  CHECK(place.book().clients.at(0).name == "Mine");

  REQUIRE(enable(place.folders(), "outlook", false));
  CHECK(place.book().clients.at(0).name == "Mine");
  REQUIRE(enable(place.folders(), "outlook", true));
  CHECK(place.book().clients.at(0).mode == ClientMode::monitor);
}

TEST_CASE("links elsewhere stay when enabled, and are named when they are taken away") {
  const Place place;
  place.write_own("mine.txt", "Name: Mine\n\nasn=AS1\n");
  fs::create_symlink("mine.txt", place.enabled("outlook.client"));
  REQUIRE(enable(place.folders(), "outlook", false));
  CHECK(place.book().clients.at(0).name == "Mine");
  CHECK_THAT(disable(place.folders(), "outlook").value().text,
             ContainsSubstring("a link to mine.txt"));
  CHECK(place.names() == Names{"mine.txt"});
}

TEST_CASE("a link to nothing is replaced, or taken away") {
  const Place place;
  fs::create_directory(place.folders().enabled());
  fs::create_symlink("nowhere", place.enabled("outlook.client"));
  REQUIRE(enable(place.folders(), "outlook", false));
  CHECK(place.book().clients.at(0).name == "Outlook");
  fs::remove(place.enabled("outlook.client"));
  fs::create_symlink("nowhere", place.enabled("gone.client"));
  REQUIRE(disable(place.folders(), "gone"));
  CHECK(place.names().empty());
}

TEST_CASE("an ID never leads out of the folder") {
  const Place place;
  for (const auto* id : {"", ".", "..", "../catalogue/outlook", "/etc/passwd", ".hidden", "a/b"}) {
    CAPTURE(id);
    CHECK_FALSE(enable(place.folders(), id, false));
    CHECK_FALSE(enable(place.folders(), id, true));
    CHECK_FALSE(disable(place.folders(), id));
  }
  CHECK_FALSE(fs::exists(place.folders().enabled()));
}

TEST_CASE("what is not in the catalogue cannot be enabled") {
  const Place place;
  CHECK_FALSE(enable(place.folders(), "nothing", true));
  CHECK_FALSE(fs::exists(place.folders().enabled()));
}

TEST_CASE("a list_path that does not exist is an error, and is not made") {
  const Place place;
  auto folders = place.folders();
  folders.list_path += "/none";
  CHECK_FALSE(enable(folders, "outlook", false));
  CHECK_FALSE(fs::exists(folders.list_path));
  CHECK(disable(folders, "outlook").value().text.empty());
}

TEST_CASE("the inventory has every client once, with its state and all rules") {
  const Place place;
  place.write_own("own.client", "Name: Own\n\nasn=AS1\nasn=AS2\n");
  REQUIRE(enable(place.folders(), "outlook", true));
  const auto inventory = take_inventory(place.folders());
  CHECK(inventory.faults.empty());
  REQUIRE(inventory.clients.size() == 3);

  const auto& boxer = inventory.clients[0];
  CHECK(boxer.client.id == "boxer");
  CHECK_FALSE(boxer.enabled);
  CHECK(boxer.rules == 0);
  CHECK(boxer.file == place.folders().catalogue_file("boxer"));
  const auto& outlook = inventory.clients[1];
  CHECK(outlook.client.id == "outlook");
  CHECK(outlook.enabled);
  CHECK_FALSE(outlook.own);
  CHECK(outlook.client.mode == ClientMode::monitor);
  CHECK(outlook.rules == 1);
  const auto& own = inventory.clients[2];
  CHECK(own.own);
  CHECK(own.rules == 2);
  CHECK(inventory.find("own") == &own);
  CHECK(inventory.find("none") == nullptr);

  CHECK(inventory.book.clients.size() == 3);
  CHECK(inventory.book.client_rules.size() == 3);
  for (const auto& rule : inventory.book.client_rules) {
    const auto& client = inventory.book.clients.at(rule.client);
    CHECK(inventory.book.files.at(rule.where.file) == inventory.find(client.id)->file);
  }
}

TEST_CASE("what cannot be used is in the inventory as broken, and the others are as they are") {
  const Place place;
  place.write_own("own.client", "Name: Own\n\nasn=AS1\n");
  place.write_own("nameless.client", "Vendor: X\n\nasn=AS1\n");
  fs::create_symlink("/nowhere", place.folders().enabled_file("gone"));
  fs::create_symlink("/nowhere", place.folders().enabled_file("outlook"));
  const auto inventory = take_inventory(place.folders());
  const auto find = [&](const char* id) { return *inventory.find(id); };
  CHECK(inventory.clients.size() == 5);
  CHECK(find("gone").broken);
  CHECK(find("gone").client.name.empty());
  CHECK(find("nameless").broken);
  CHECK(find("outlook").broken);
  CHECK_FALSE(find("outlook").enabled);
  CHECK_FALSE(find("outlook").client.name.empty());
  CHECK_FALSE(find("own").broken);
  CHECK(find("own").enabled);
  CHECK_FALSE(find("boxer").broken);
  CHECK(inventory.faults.size() == 3);
}

TEST_CASE("a file of the administrator's takes the place of the catalogue's") {
  const Place place;
  place.write_own("boxer.client", "Name: My Boxer\n\nasn=AS1\n");
  const auto inventory = take_inventory(place.folders());
  REQUIRE(inventory.clients.size() == 2);
  CHECK(inventory.clients[0].client.name == "My Boxer");
  CHECK(inventory.clients[0].own);
  for (const auto& rule : inventory.book.client_rules) {
    CHECK(inventory.book.clients.at(rule.client).id ==
          (rule.clauses.at(0).field == lists::Field::asn ? "boxer" : "outlook"));
  }
}

TEST_CASE("without a catalogue the administrator's own clients are there, and why") {
  const Place place;
  place.write_own("own.client", "Name: Own\n\nasn=AS1\n");
  auto folders = place.folders();
  folders.catalogue += "/none";
  const auto inventory = take_inventory(folders);
  CHECK(inventory.clients.size() == 1);
  CHECK(inventory.faults.empty());
  CHECK_THAT(inventory.no_catalogue,
             ContainsSubstring(folders.catalogue + ", cannot be read: No such file"));
}
