// IndexFile: bytes that nobody should have written. What becomes of the lists is in
// lists_login_rules_test.cpp.

#include "lists/index_file.hpp"

#include <array>
#include <cstring>
#include <random>

#include "catch.hpp"
#include "index_questions.hpp"
#include "list_site.hpp"

using namespace badclients::lists;

namespace {

const std::string list_path = "/etc/dovecot/lists";

std::string image() {
  const ListSite site;
  std::string networks;
  for (int i = 0; i < 300; ++i) networks += "10.7." + std::to_string(i % 256) + ".0/24\n";
  site.list("ip_net.deny.lst", networks + "10.0.0.0/8\n2001:db8::/32\nnonsense\n");
  site.list("asn.deny.lst", "AS64500\n");
  site.list("entity.deny.lst", "mail-ru\n");
  site.list("rev_host.allow.lst", "a.*\n");
  site.list("clients/one.client", "Name: One\n\nasn=AS64500 service!=pop3\nip_net=10.0.0.0/24\n");
  return pack(read_lists(site.lists), list_path);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string refusal(const std::string& bytes, const std::string& path = list_path) {
  const auto file = IndexFile::over(bytes_of(bytes), path);
  return file ? "accepted" : file.error();
}

/// In memory of just that size, so that checkers notice every read behind its end.
bool ask(const std::string& text) {
  const std::vector<std::byte> exact(bytes_of(text).begin(), bytes_of(text).end());
  const auto file = IndexFile::over(exact, list_path);
  if (!file) return false;
  ask_everything(file->index());
  std::size_t sum = 0;
  for (const auto& fault : file->faults()) sum += fault.size();
  const auto freshness = file->freshness(std::chrono::system_clock::now);
  if (freshness.stamps) sum += file->with_stamps(*freshness.stamps).size();
  return sum != 1;
}

format::FileHeader header_of(const std::string& bytes) {
  format::FileHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

void seal(std::string& bytes) {
  if (bytes.size() < sizeof(format::FileHeader)) return;
  const auto front = header_of(bytes).index;
  if (front >= sizeof(format::FileHeader) && front <= bytes.size()) format::seal(bytes);
}

}  // namespace

TEST_CASE("a file that is no index, or none of this program, or of other lists, is refused") {
  const auto good = image();
  const auto with = [&](std::size_t offset, const char* text) {
    auto bytes = good;
    bytes.replace(offset, std::strlen(text), text);
    return bytes;
  };
  using Header = format::FileHeader;
  CHECK(refusal(good) == "accepted");
  CHECK(refusal("") == "it is cut short");
  CHECK(refusal(good.substr(0, good.size() - 1)) == "it is cut short");
  CHECK(refusal(std::string(5000, 'x')) == "it is not an index of lists");
  CHECK(refusal(std::string(5000, '\0')) == "it is not an index of lists");
  CHECK(refusal(with(offsetof(Header, byte_order), "\x01\x02\x03\x04")) ==
        "it was made on another kind of machine");
  CHECK(refusal(with(offsetof(Header, version), "\x7f")) == "it was made by another version");
  CHECK(refusal(with(offsetof(Header, build), "another build")) ==
        "it was made by another version");
  CHECK(refusal(with(sizeof(Header) + 9, "x")) == "its header is damaged");
  CHECK(refusal(good, list_path + "2") == "it was made from other lists");
  // Of the same build, but an index that it does not know inside.
  const auto inner = header_of(good).index;
  CHECK(refusal(with(inner + offsetof(format::Header, version), "\x7f")) ==
        "it was made by another version");
}

TEST_CASE("the build of the program is known") {
  // Every linker that we know makes a build ID where it is asked to, and gcc asks.
  CHECK(format::build() != std::array<char, 24>{});
  CHECK(format::build() == format::build());
}

TEST_CASE("lines without effect are kept, as far as a login names them") {
  const ListSite site;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "nonsense\n";
  site.list("asn.deny.lst", lines);
  const auto book = read_lists(site.lists);
  const auto bytes = pack(book, list_path);
  const auto file = IndexFile::over(bytes_of(bytes), list_path).value();
  CHECK(file.fault_count() == 100);
  REQUIRE(file.faults().size() == 20);
  CHECK(file.faults()[19] == book.problems.at(20).str());
}

TEST_CASE("a file cut short anywhere is refused") {
  const auto good = image();
  for (std::size_t length = 0; length < good.size(); length += 1 + length / 600) {
    REQUIRE_FALSE(ask(good.substr(0, length)));
  }
}

TEST_CASE("damage before the index is noticed, whatever byte it is in") {
  const auto good = image();
  const auto front = header_of(good).index;
  for (std::size_t i = 0; i < front; ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    REQUIRE(refusal(bad) != "accepted");
  }
}

TEST_CASE("thousands of random changes keep every look-up within the file") {
  const auto good = image();
  std::mt19937 random(20260101);  // the same every time
  for (int round = 0; round < 6000; ++round) {
    auto bad = good;
    const auto changes = 1 + random() % 8;
    for (std::size_t i = 0; i < changes; ++i) {
      const auto place = random() % bad.size();
      bad[place] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    if (random() % 2 == 0) seal(bad);  // so that what lies behind the checksum is believed
    ask(bad);
  }
}

TEST_CASE("a header that lies with a right checksum keeps every look-up within the file") {
  const auto good = image();
  std::size_t accepted = 0;
  for (std::size_t i = 0; i + 4 <= sizeof(format::FileHeader); i += 4) {
    for (const std::uint32_t lie : {0U, 1U, 1000U, 0x7fffffffU, 0xffffffffU}) {
      auto bad = good;
      std::memcpy(bad.data() + i, &lie, sizeof lie);
      seal(bad);
      accepted += ask(bad) ? 1 : 0;
    }
  }
  CHECK(accepted != 0);
}

TEST_CASE("sources that lie with a right checksum are a change, or none, and nothing else") {
  const auto good = image();
  const auto header = header_of(good);
  for (std::size_t i = 0; i < header.sources.count * sizeof(format::SourceRecord); i += 4) {
    for (const std::uint32_t lie : {0U, 1U, 2U, 3U, 4U, 1000U, 0xffffffffU}) {
      auto bad = good;
      std::memcpy(bad.data() + header.sources.offset + i, &lie, sizeof lie);
      seal(bad);
      REQUIRE(ask(bad));
    }
  }
}
