#include "registry/compile/writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/file.hpp"
#include "registry/publication.hpp"

namespace badclients::registry {

namespace {

/// As many different texts as fit into 2^23 slots; the three registries have some 4,000,000.
constexpr std::uint64_t most_texts = 7'000'000;
/// Some 12,000 in 2026.
constexpr std::size_t most_sets = 1'000'000;

/// Each login reads it: no more words than SQLite needs.
constexpr const char* schema = "CREATE TABLE item(key INTEGER PRIMARY KEY,value)";

/// Nothing is safe before the end, and then all is: no journal, nothing waits for the disk.
SQLite::Database open(const std::string& path) {
  SQLite::Database database{path, SQLite::OPEN_READWRITE};
  database.exec(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
      "PRAGMA cache_size=-16384; BEGIN");
  database.exec(schema);
  return database;
}

}  // namespace

StoreWriter::StoreWriter(const std::string& path, std::uint64_t holders)
    : path_(path),
      database_(open(path)),
      insert_(database_, "INSERT INTO item(key, value) VALUES(?, ?)"),
      holders_(std::min(holders, most_texts)) {}

void StoreWriter::put(std::int64_t key, std::string_view value) {
  insert_.bind(1, key);
  insert_.bindNoCopy(2, value.data(), static_cast<int>(value.size()));
  insert_.exec();
  insert_.reset();
}

void StoreWriter::put_block() {
  if (block_.empty()) return;
  put(row_key(block_.first()), block_.bytes());
  block_.clear();
}

void StoreWriter::put_text(std::uint64_t number, std::string_view text) {
  put(text_key(number), text);
}

void StoreWriter::add(const std::vector<FileState>& files) {
  put_text(0, head_text(files));
  for (const auto& file : files) {
    put_text(file_number(place_of(*find_publication(file.name))), encode(file));
  }
}

void StoreWriter::add_asns(const Publication& file, const std::string& asns) {
  put_text(asns_number(place_of(file)), asns);
}

void StoreWriter::add(const AsNames& names) {
  for (const auto& [asn, text] : names) put_text(asn, text);
}

std::uint64_t StoreWriter::origin(const std::vector<std::uint32_t>& asns) {
  if (asns.size() == 1) return asns.front();
  const auto [set, is_new] = sets_.emplace(asns, first_set + sets_.size());
  if (is_new) {
    if (sets_.size() > most_sets) throw std::runtime_error("more sets of ASes than there are");
    put_text(set->second, encode(asns));
  }
  return set->second;
}

std::uint64_t StoreWriter::holder(std::string_view text) {
  if (last_holder_ != 0 && text == last_text_) return last_holder_;
  const auto number = holders_.of(text);
  if (number.is_new) put_text(first_holder + number.value, text);
  last_text_ = text;
  return last_holder_ = first_holder + number.value;
}

void StoreWriter::add(Point first, const Segment& segment) {
  if (!is_v4(first) && first < first_v6) return;  // behind the last IPv4 address
  const bool other_family = !block_.empty() && is_v4(first) != is_v4(last_first_);
  const auto before = other_family ? Segment{} : std::exchange(last_, segment);
  if (other_family) last_ = segment;
  if (segment == before) return;
  const auto key = row_key(first);
  // A row has all segments that begin at addresses of its last one's key.
  if (other_family || (block_.full() && key != row_key(last_first_))) put_block();
  if (block_.empty() && row_first(key) != first) block_.add(row_first(key), before);
  block_.add(first, segment);
  last_first_ = first;
}

void StoreWriter::finish() {
  put_block();
  database_.exec("COMMIT");
  const auto file = base::open_to_read(path_);
  if (!file.is_open() || ::fsync(file.number()) != 0) {
    throw std::runtime_error(fmt::format("{}: {}", path_, std::strerror(errno)));
  }
}

}  // namespace badclients::registry
