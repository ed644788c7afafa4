// IndexFile: bytes that nobody should have written. What becomes of the lists is in
// lists_login_rules_test.cpp.

#include "lists/index_file.hpp"

#include <fcntl.h>

#include <cstring>

#include "catch.hpp"
#include "index_questions.hpp"
#include "list_site.hpp"

using namespace badclients::lists;

namespace {

Descriptor open_file(const std::string& path, int flags) {
  return Descriptor{::open(path.c_str(), flags | O_CLOEXEC, 0600)};
}

/// A file with an index, made and read as such, without a state folder.
struct Packed {
  ListSite site;
  std::string file = site.folder / "index";

  Packed() {
    std::string networks;
    for (int i = 0; i < 300; ++i) networks += "10.7." + std::to_string(i % 256) + ".0/24\n";
    site.list("ip_net.deny.lst", networks + "10.0.0.0/8\n2001:db8::/32\nnonsense\n");
    site.list("asn.deny.lst", "AS64500\n");
    site.list("rev_host.allow.lst", "a.*\n");
    site.list("clients/one.client", "Name: One\n\nasn=AS64500 service!=pop3\nip_net=10.0.0.0/24\n");
    const auto out = open_file(file, O_RDWR | O_CREAT);
    IndexWriter(site.lists, site.clock).write(out.number(), {});
  }

  [[nodiscard]] std::string bytes() const { return read_whole_file(file); }
  void put(const std::string& bytes) const { std::ofstream{file, std::ios::binary} << bytes; }
  [[nodiscard]] auto open() const { return IndexFile::open(open_file(file, O_RDONLY)); }
  [[nodiscard]] std::string refusal() const {
    const auto index = open();
    return index ? "accepted" : index.error();
  }
};

}  // namespace

TEST_CASE("a file that is no index, or none of this program, is refused") {
  const Packed packed;
  const auto good = packed.bytes();
  const auto refusal = [&](const std::string& bytes) {
    packed.put(bytes);
    return packed.refusal();
  };
  CHECK(refusal(good) == "accepted");
  CHECK(refusal("") == "it is not an index of lists");
  CHECK(refusal(std::string(5000, 'x')) == "it is not an index of lists");
  CHECK(refusal(std::string(5000, '\0')) == "it is not an index of lists");
  CHECK(refusal(good.substr(0, good.size() - 1)) == "it is cut short");
  CHECK(refusal(good + "x") == "it is cut short");
  for (std::size_t i = 0; i < sizeof(format::FileHeader); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    CAPTURE(i);
    REQUIRE(refusal(bad) == "it is not an index of lists");
  }
}

TEST_CASE("an index in a file is what was read, and knows from what") {
  const Packed packed;
  const auto file = packed.open().value();
  CHECK(file.is_sound());
  const auto mapping = file.map().value();
  const auto image = Index::over(mapping.bytes()).value();
  CHECK(image.fault_count() == 1);
  REQUIRE(image.faults().size() == 1);
  CHECK_THAT(image.faults()[0], ContainsSubstring("/ip_net.deny.lst:303: "));
  CHECK(image.unread() == 0);
  CHECK(image.is_stale());  // everything was written a moment ago
  CHECK(ask_everything(image) != 0);
  CHECK(image.list_path() == packed.site.lists);
}

TEST_CASE("a changed byte anywhere in what is mapped shows when it is verified") {
  const Packed packed;
  const auto good = packed.bytes();
  format::FileHeader header{};
  std::memcpy(&header, good.data(), sizeof header);
  REQUIRE(header.image_offset + header.image_length == good.size());
  for (auto i = header.image_offset; i < good.size(); i += 7) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    packed.put(bad);
    CAPTURE(i);
    REQUIRE_FALSE(packed.open().value().is_sound());
  }
  // Zeros, as a file system leaves them that lost a page.
  for (auto i = header.image_offset; i < good.size(); i += 512) {
    auto bad = good;
    std::memset(bad.data() + i, 0, std::min<std::size_t>(512, bad.size() - i));
    packed.put(bad);
    CAPTURE(i);
    REQUIRE((bad == good || !packed.open().value().is_sound()));
  }
  packed.put(good);
  CHECK(packed.open().value().is_sound());
}

TEST_CASE("lines without effect are kept, as far as a login names them, files before lines") {
  const ListSite site;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "nonsense\n";
  site.list("asn.deny.lst", lines);
  link("nothing", site.lists + "/clients/gone.client");
  const auto bytes = IndexWriter(site.lists, site.clock).image();
  const auto image = Index::over(std::as_bytes(std::span(bytes))).value();
  CHECK(image.fault_count() == 101);
  CHECK(image.unread() == 1);
  REQUIRE(image.faults().size() == 20);
  CHECK_THAT(image.faults()[0], ContainsSubstring("gone.client: cannot be read: "));
  CHECK_THAT(image.faults()[19], ContainsSubstring("asn.deny.lst:19: "));
}

TEST_CASE("dependencies that lie are a change, or none, or damage, and nothing else") {
  const Packed packed;
  const auto good = IndexWriter(packed.site.lists, packed.site.clock).image();
  format::Header header{};
  std::memcpy(&header, good.data(), sizeof header);
  REQUIRE(header.dependencies.count > 3);
  for (std::size_t i = 0; i < header.dependencies.count * sizeof(format::DependencyRecord);
       i += 4) {
    for (const std::uint32_t lie : {0U, 1U, 2U, 3U, 4U, 6U, 7U, 1000U, 0xffffffffU}) {
      auto bad = good;
      std::memcpy(bad.data() + header.dependencies.offset + i, &lie, sizeof lie);
      const auto bytes = std::as_bytes(std::span(bad));
      const std::vector<std::byte> exact(bytes.begin(), bytes.end());
      try {
        const auto image = Index::over(exact);
        if (image) (void)image->is_stale();
      } catch (const DamagedIndex&) {
      }
    }
  }
}
