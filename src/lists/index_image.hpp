#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "facts/handle.hpp"
#include "lists/blocks.hpp"
#include "lists/index_format.hpp"
#include "net/network.hpp"

/// The parts of an index that is being made. For IndexBuilder alone.
namespace badclients::lists::format {

/// Throws std::length_error if an index of so many bytes is larger than `most`.
void check_length(std::uint64_t bytes, std::uint64_t most);

/// An index as it is written, array by array. Throws std::length_error where it gets larger than a
/// login may map, and what writing throws.
class Output {
 public:
  /// Offsets count from format::body.
  /// `most`: in bytes, with the header; what is longer throws std::length_error.
  Output(BlockWriter::Put put, std::uint64_t most) : writer_(std::move(put)), most_(most) {}

  /// Where the next array begins.
  std::uint64_t start();

  template <class Record>
  void add(const Record& record) {
    append({reinterpret_cast<const char*>(&record), sizeof record});
  }

  template <class Records>
  Span add_all(const Records& records) {
    const Span span{start(), records.size()};
    append(
        {reinterpret_cast<const char*>(records.data()), records.size() * sizeof records.front()});
    return span;
  }

  template <class Records>
  Span add_fence(const Records& records) {
    Span span{start(), 0};
    for (std::size_t i = 0; i < records.size(); i += fence_step, ++span.count) {
      add(key(records[i]));
    }
    return span;
  }

  /// Call it once, at the end. Returns the length of all, the header included.
  std::uint64_t finish();
  /// Of all that was added; after finish().
  [[nodiscard]] std::uint64_t hash() const { return writer_.hash(); }

 private:
  void append(std::string_view bytes);

  BlockWriter writer_;
  std::uint64_t most_;
};

/// Texts, one behind the other.
class Texts {
 public:
  /// Throws std::length_error above 4 GiB.
  Text add(std::string_view text);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string_view get(Text text) const {
    return std::string_view(bytes_).substr(text.offset, text.length);
  }

 private:
  std::string bytes_;
};

template <class Key>
struct PlacedNetwork {
  Key base;
  std::uint32_t prefix_and_file, line;  // as Network has them
  friend auto operator<=>(const PlacedNetwork&, const PlacedNetwork&) = default;
};

/// Everything that one owner says.
struct OwnerParts {
  std::deque<PlacedNetwork<Key4>> v4;
  std::deque<PlacedNetwork<Key6>> v6;
  std::array<std::vector<Entry>, field_count> entries;  // any but networks
  bool names_persons = false;                           // facts::is_left_out_by_ripe

  /// Throws std::length_error where they are more than an index may have.
  void add(const net::Network& network, std::uint32_t file, std::uint32_t line);
  void add(Field field, std::string_view value, Place place, Texts& texts) {
    entries[static_cast<std::size_t>(field)].push_back({texts.add(value), place});
    names_persons |= field == Field::entity && facts::is_left_out_by_ripe(value);
  }
};

/// Throws std::invalid_argument where `value` is not canonical.
net::Network network_from(std::string_view value);

/// The ways from texts to patterns, for all owners: grams.
class GramTables {
 public:
  /// Adds the patterns of an owner. `spans` says where its entries are.
  void add(std::size_t owner, OwnerSpans& spans, const OwnerParts& parts, const Texts& texts);
  /// Call it when all are added: chooses for each pattern the gram that the fewest other patterns
  /// have.
  void choose(std::array<OwnerSpans, owner_count>& owners);

  std::vector<Gram> grams;
  std::vector<std::uint32_t> gramless;
  std::string filter;

 private:
  struct Pattern {
    std::uint32_t set, entry;
    Range texts;  // in texts_
  };
  [[nodiscard]] Gram choose(const Pattern& pattern, std::size_t& length) const;
  [[nodiscard]] std::uint32_t& uses(std::uint32_t set, std::uint64_t text) const;
  void set_filter();

  std::vector<Pattern> patterns_;
  std::vector<Text> required_;
  Texts texts_;
  mutable std::vector<std::uint32_t>
      uses_;  // how many patterns have a gram, by its hash: may be too high
};

/// The client rules as the index has them.
struct ClientTables {
  std::vector<Client> clients;
  std::vector<Rule> rules;
  std::vector<Clause> clauses;
  std::vector<std::uint32_t> unanchored;
  std::uint64_t anchored = 0;
  OwnerParts parts;

  void add(const lists::Client& client, Texts& texts);
  void add(const ClientRule& rule, Texts& texts);

  /// Until this is called clauses count their entries from the first one of their field. `fields`
  /// says where each field's entries are in the table.
  void place_entries(const std::array<Range, field_count>& fields);

 private:
  void add(const lists::Clause& clause, std::uint32_t id, std::uint32_t rule, Texts& texts);
};

/// "asn=AS15169 service=pop3 service=smtp", with the first few values of each clause.
std::string rule_text(const ClientRule& rule);

}  // namespace badclients::lists::format
