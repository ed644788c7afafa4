#include "registry/compile/writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/file.hpp"

namespace badclients::registry {

namespace {

/// As many different texts as fit into 2^23 slots; the three registries have some 4,000,000.
constexpr std::uint64_t most_texts = 7'000'000;
/// Some 12,000 in 2026.
constexpr std::size_t most_sets = 1'000'000;

/// Each login reads it: no more words than SQLite needs.
constexpr const char* schema =
    "CREATE TABLE segment(first INTEGER PRIMARY KEY,value);"
    "CREATE TABLE text(number INTEGER PRIMARY KEY,value);"
    "CREATE TABLE file(name,made,taken,counts,etag,last_modified,asns)";

/// Nothing is safe before the end, and then all is: no journal, nothing waits for the disk.
SQLite::Database open(const std::string& path) {
  SQLite::Database database{path, SQLite::OPEN_READWRITE};
  database.exec(
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
      "PRAGMA cache_size=-16384; BEGIN");
  database.exec(schema);
  return database;
}

std::int64_t seconds_of(facts::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

StoreWriter::StoreWriter(const std::string& path, std::uint64_t holders)
    : path_(path),
      database_(open(path)),
      insert_text_(database_, "INSERT INTO text(number, value) VALUES(?, ?)"),
      insert_segments_(database_, "INSERT INTO segment(first, value) VALUES(?, ?)"),
      holders_(std::min(holders, most_texts)) {}

void StoreWriter::put_block() {
  if (block_.empty()) return;
  insert_segments_.bind(1, row_key(block_.first()));
  insert_segments_.bindNoCopy(2, block_.bytes().data(), static_cast<int>(block_.bytes().size()));
  insert_segments_.exec();
  insert_segments_.reset();
  block_.clear();
}

void StoreWriter::put_text(std::uint64_t number, std::string_view text) {
  insert_text_.bind(1, static_cast<std::int64_t>(number));
  insert_text_.bind(2, std::string(text));
  insert_text_.exec();
  insert_text_.reset();
}

void StoreWriter::add(const std::vector<FileState>& files) {
  put_text(0, head_text(files));
  SQLite::Statement insert{database_,
                           "INSERT INTO file(name, made, taken, counts, etag, last_modified)"
                           " VALUES(?, ?, ?, ?, ?, ?)"};
  for (const auto& file : files) {
    insert.bind(1, file.name);
    insert.bind(2, seconds_of(file.made));
    insert.bind(3, seconds_of(file.taken));
    insert.bind(4, encode(file.counts));
    insert.bind(5, file.etag);
    insert.bind(6, file.last_modified);
    insert.exec();
    insert.reset();
  }
}

void StoreWriter::add_asns(const std::string& file, const std::string& asns) {
  SQLite::Statement update{database_, "UPDATE file SET asns=? WHERE name=?"};
  update.bind(1, asns);
  update.bind(2, file);
  update.exec();
}

void StoreWriter::add(const AsNames& names) {
  for (const auto& [asn, text] : names) put_text(asn, text);
}

std::uint64_t StoreWriter::origin(const std::vector<std::uint32_t>& asns) {
  if (asns.size() == 1) return asns.front();
  const auto [set, is_new] = sets_.emplace(asns, first_set + sets_.size());
  if (is_new) {
    if (sets_.size() > most_sets) throw std::runtime_error("more sets of ASes than there are");
    put_text(set->second, fmt::format("{}", fmt::join(asns, " ")));
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
