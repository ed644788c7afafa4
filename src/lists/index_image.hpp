#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "lists/index_format.hpp"
#include "net/network.hpp"

/// The parts of an index that is being made. For IndexBuilder alone.
namespace badclients::lists::format {

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

  /// Throws std::length_error where they are more than an index may have.
  void add(const net::Network& network, std::uint32_t file, std::uint32_t line);
  void add(Field field, std::string_view value, Place place, Texts& texts) {
    entries[static_cast<std::size_t>(field)].push_back({texts.add(value), place});
  }
};

/// Throws std::invalid_argument where `value` is not canonical.
net::Network network_from(std::string_view value);

/// The ways from texts to patterns, for all owners.
class GramTables {
 public:
  /// Adds the patterns of an owner, whose entries `spans` places.
  void add(std::size_t owner, OwnerSpans& spans, const OwnerParts& parts, const Texts& texts);
  /// When all have been added: chooses of each pattern's grams the one that the fewest others have.
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
      uses_;  // of grams, by their hash: a guess that may be too high
};

/// The client rules as the index has them.
struct ClientTables {
  std::vector<Client> clients;
  std::vector<Rule> rules;
  std::vector<Clause> clauses;
  std::vector<std::uint32_t> unanchored;
  std::uint32_t looked_at = 0, anchored = 0;
  OwnerParts parts;

  void add(const lists::Client& client, Texts& texts);
  void add(const ClientRule& rule, Texts& texts);

  /// Until now clauses and anchors count their entries from the start of their field's: `fields`
  /// says where in the table of entries those are.
  void place_entries(const std::array<Range, field_count>& fields);

 private:
  Range add_values(const lists::Clause& clause, std::uint32_t id, Texts& texts);
};

/// "asn=AS15169 service=pop3 service=smtp", with the first few values of each clause.
std::string rule_text(const ClientRule& rule);

}  // namespace badclients::lists::format
