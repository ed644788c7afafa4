#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "base/hash.hpp"
#include "lists/dependencies.hpp"
#include "lists/rulebook.hpp"
#include "net/address.hpp"

/// How the index lies in its bytes: one header, then arrays of fixed-size records. Offsets count
/// from the header, so the bytes may lie anywhere; numbers are the host's.
/// For IndexBuilder and Index alone.
namespace badclients::lists::format {

/// The hash of the sources that read rules and lay them out: the program that reads an index must
/// have been built from the same ones as the program that wrote it.
using RuleCode = std::array<char, 32>;
RuleCode rule_code();

/// Whose entries: the deny lists', the allow lists', the client rules'.
inline constexpr std::size_t deny = 0, allow = 1, clients = 2, owner_count = 3;
inline constexpr std::size_t owner(Action action) {
  return action == Action::deny ? deny : allow;
}

struct Text {
  std::uint32_t offset, length;  // in the texts
};

struct Range {
  std::uint32_t first, count;
};

/// An array of records.
struct Span {
  std::uint64_t offset, count;
};

/// Whom an entry belongs to: a line of a list, or a clause of a client rule.
struct Place {
  std::uint32_t group;  // lists: the file; clients: the clause
  std::uint32_t line;   // never 0
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// An entry of any field but ip_net. Sorted by owner and field, then in the order of reading.
struct Entry {
  Text value;
  Place place;
};

/// The way from a value to its entries, for fields that are compared whole.
struct Equal {
  std::uint64_t key;    // hash of field and value
  std::uint32_t group;  // lists: 0; clients: the clause
  std::uint32_t entry;
  friend auto operator<=>(const Equal&, const Equal&) = default;
};

/// The way from a text that a value contains to patterns that may match the value. For each pattern
/// the index has one gram of one text that the pattern requires: 8 bytes at most, the first in the
/// lowest bits.
struct Gram {
  std::uint32_t set;  // gram_set() of the pattern's owner and field
  std::uint32_t entry;
  std::uint64_t text;
  friend bool operator==(const Gram&, const Gram&) = default;
  friend auto operator<=>(const Gram& a, const Gram& b) {
    return std::tie(a.set, a.text, a.entry) <=> std::tie(b.set, b.text, b.entry);
  }
};

using Key4 = std::uint32_t;
using Key6 = std::array<std::uint32_t, 4>;  // most significant first

inline constexpr std::uint32_t none = 0xffffffff;
inline constexpr std::uint32_t most_files = 1U << 24;

/// Networks are sorted by base, wider ones first, then by place. The places of one network are a
/// group: its first record leads to the last record of the narrowest network around it, its other
/// records lead to its first. So the networks that hold an address are all reached from the last
/// one whose base is not above the address.
template <class Key>
struct Network {
  Key base;
  std::uint32_t prefix_and_file;  // prefix + 1 << 24 | file; clients: no file
  std::uint32_t line;             // never 0; clients: the clause + 1
  std::uint32_t parent;           // always before it; or none

  [[nodiscard]] bool can_be() const {
    return prefix_and_file >> 24 != 0 && prefix() <= 8 * sizeof(Key) && line != 0;
  }
  [[nodiscard]] std::uint32_t prefix() const { return (prefix_and_file >> 24) - 1; }
  [[nodiscard]] std::uint32_t file() const { return prefix_and_file & (most_files - 1); }
  [[nodiscard]] bool same_as(const Network& other) const {
    return base == other.base && prefix() == other.prefix();
  }
};

struct NetworkSpans {
  Span networks, fence;
};

struct OwnerSpans {
  NetworkSpans v4, v6;
  Span equal, equal_fence;
  std::array<Range, field_count> entries;               // ip_net: only the count
  std::array<std::uint64_t, field_count> gram_lengths;  // bit n - 1: patterns have grams of n bytes
  std::array<Range, field_count> gramless;  // in Header::gramless: patterns that require no text
  std::uint64_t names_persons;              // 1: some entity is facts::is_left_out_by_ripe
};

struct Client {
  Text id, name, vendor, about, message;
  std::uint32_t mode;
};

struct Rule {
  std::uint32_t client;
  Place where;
  Text text;
  Range clauses;
};

/// Clauses have ids: an anchor its place in the table of clauses, any other clause `other_clause` +
/// its place. The anchor, a rule's first clause, leads from a fact to the rule.
inline constexpr std::uint32_t other_clause = 1U << 31;

struct Clause {
  std::uint32_t field;  // + 1
  std::uint32_t negated;
  std::uint32_t id;
  std::uint32_t rule;
  Range entries;  // empty for networks
};

/// What the rules were read from.
struct DependencyRecord {
  Text path;  // a NUL follows
  std::uint32_t kind;
  std::uint32_t racy;
  Stamp stamp;
  std::uint64_t offset;
};

struct Header {
  RuleCode rule_code;
  std::uint64_t length;  // of everything
  std::int64_t made;     // seconds since 1970
  Text list_path;
  std::uint64_t fault_count;
  std::uint64_t unread;  // how many dependencies could not be read
  Span texts, files, dependencies;
  Span faults;  // the first few, as Text
  Span entries, clients, rules, clauses;
  Span unanchored;         // numbers of the rules that have no anchor
  Span grams, gram_fence;  // Gram
  Span gram_filter;        // bytes; the bit of each gram is set
  Span gramless;           // numbers of entries
  std::uint64_t anchored;  // a bit for each field: some rule has its anchor there
  std::array<OwnerSpans, owner_count> owners;
};

/// Where the arrays begin.
inline constexpr std::uint64_t body = (sizeof(Header) + 7) / 8 * 8;

/// A fence has every `fence_step`th key of a sorted array once more, close together, so that a
/// search touches few pages: some of the fence, then one or two of the array.
inline constexpr std::size_t fence_step = 256;

// No padding: every byte of the index is written on purpose, so equal lists give equal bytes.
template <class... Records>
inline constexpr bool plain = ((std::is_trivially_copyable_v<Records> &&
                                std::has_unique_object_representations_v<Records>)&&...);
static_assert(plain<Text, Range, Span, Place, Entry, Equal, Gram, Network<Key4>, Network<Key6>,
                    Client, Rule, Clause, DependencyRecord, Header>);

/// The key that an array is sorted by, as its fence has it.
inline Equal key(const Equal& record) {
  return record;
}
inline Gram key(const Gram& record) {
  return record;
}
template <class Key>
Key key(const Network<Key>& record) {
  return record.base;
}

inline std::uint64_t hash(Field field, std::string_view value) {
  return base::hash(value, static_cast<std::uint64_t>(field));
}

inline constexpr std::size_t longest_gram = 8;

inline std::uint32_t gram_set(std::size_t owner, Field field) {
  return static_cast<std::uint32_t>(owner * field_count + static_cast<std::size_t>(field));
}

/// The first `length` <= longest_gram bytes of `bytes`, of which 8 can be read.
inline std::uint64_t gram_text(const char* bytes, std::size_t length) {
  std::uint64_t text = 0;
  std::memcpy(&text, bytes, sizeof text);
  if constexpr (std::endian::native == std::endian::big) text = __builtin_bswap64(text);
  return length == longest_gram ? text : text & ((std::uint64_t{1} << 8 * length) - 1);
}

/// Where a gram's bit is in a filter of `bits`, a power of two.
inline std::uint64_t gram_bit(std::uint32_t set, std::uint64_t text, std::uint64_t bits) {
  auto mixed = (text + set) * 0x9e3779b97f4a7c15;
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93;
  return (mixed >> 32) & (bits - 1);
}

inline Key4 key4(const net::Address& address) {
  const auto b = address.bytes();
  return static_cast<Key4>(b[0]) << 24 | static_cast<Key4>(b[1]) << 16 |
         static_cast<Key4>(b[2]) << 8 | b[3];
}

inline Key6 key6(const net::Address& address) {
  Key6 result{};
  const auto b = address.bytes();
  for (std::size_t i = 0; i < b.size(); ++i) result[i / 4] = result[i / 4] << 8 | b[i];
  return result;
}

/// Whether the first `prefix` bits of both are equal. A prefix longer than the key counts as the
/// key's length.
inline bool same_network(Key4 a, Key4 b, std::uint32_t prefix) {
  return prefix == 0 || ((a ^ b) >> (32 - std::min(prefix, 32U))) == 0;
}

/// Whether all bits behind the first `prefix` are zero.
inline bool is_base(Key4 key, std::uint32_t prefix) {
  return prefix >= 32 || (key & (0xffffffffU >> prefix)) == 0;
}

inline bool is_base(const Key6& key, std::uint32_t prefix) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (!is_base(key[i], prefix - std::min(prefix, 32 * i))) return false;
  }
  return true;
}

inline bool same_network(const Key6& a, const Key6& b, std::uint32_t prefix) {
  for (std::uint32_t i = 0; i < 4 && 32 * i < prefix; ++i) {
    if (!same_network(a[i], b[i], prefix - 32 * i)) return false;
  }
  return true;
}

}  // namespace badclients::lists::format
