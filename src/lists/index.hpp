#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/index_table.hpp"
#include "lists/rulebook.hpp"
#include "net/address.hpp"
#include "net/network.hpp"

namespace badclients::lists {

/// Bytes of address space that Dovecot gives a login (default_vsz_limit).
inline constexpr std::uint64_t address_space = 256ULL << 20;
/// How much of it a login needs besides the index and GeoIP databases.
inline constexpr std::uint64_t program_space = 16ULL << 20;
/// The most bytes that an image of rules may have. It leaves as much for GeoIP databases as for the
/// program; `badclientsctl lint` adds up what they really take.
inline constexpr std::uint64_t largest_index = address_space - 2 * program_space;

/// A rule that a look-up found. Texts are valid as long as the bytes are.
struct Hit {
  std::string_view file;  ///< relative to list_path
  std::uint32_t line = 0;
  std::string_view text;                ///< the entry, canonical; empty for ip_net
  std::optional<net::Network> network;  ///< ip_net
  /// The entry, canonical, whatever the field.
  [[nodiscard]] std::string value() const;
  /// "ip_net.deny.lst:12"
  [[nodiscard]] std::string where() const;
};

/// The header of a client file, as the index has it.
struct ClientView {
  std::string_view id, name, vendor, about, message;
  ClientMode mode = ClientMode::as_configured;
};

/// A clause of a client rule, to hand back to the index.
struct ClauseView {
  Field field{};
  bool negated = false;
  std::uint32_t id = 0;
  format::Range entries{};
};

/// A client rule; Index::clauses() has its clauses.
struct ClientRuleView {
  std::uint32_t client = 0;
  std::string_view file;  ///< relative to list_path
  std::uint32_t line = 0;
  std::string_view text;  ///< the rule; if a clause has many values, the first few
  /// "clients/new-outlook.client:7"
  [[nodiscard]] std::string where() const;
};

/// All rules, as IndexBuilder has written them into one block of bytes, in memory or mapped from a
/// file. Reads them in place. An address, a number or a literal takes a few point look-ups, however
/// many entries there are. A pattern is tried only if it requires no text, or one that the value
/// contains.
///
/// Whatever the bytes hold, nothing outside of them is read, and every look-up ends. Verifying
/// notices damaged bytes (IndexFile). For bytes that are damaged later every function may throw
/// DamagedIndex, if a record is impossible: zeros are never a rule.
class Index {
 public:
  /// Takes the same time for any size. Error: `bytes` are no image, or not a whole one.
  static tl::expected<Index, std::string> over(std::span<const std::byte> bytes);

  /// Calls `visit` with every entry that matches, until it returns false. In the order of the lists
  /// (file, then line), so the first hit is the one that the audit line names.
  using Visit = std::function<bool(const Hit&)>;
  /// Field::ip_net: networks that hold the address, the narrowest first.
  void networks(Action action, const net::Address& address, const Visit& visit) const;
  /// Entries of `field` whose canonical value is `value` (Lookup::equal). The caller lower-cases
  /// entities.
  void equal(Field field, Action action, std::string_view value, const Visit& visit) const;
  /// Entries of `field` (Lookup::pattern) that may match one of `values`: all that match, and few
  /// others. The caller tries them.
  void candidates(Field field, Action action, std::span<const std::string_view> values,
                  const Visit& visit) const;
  /// Every entry of `field` (any but ip_net).
  void each(Field field, Action action, const Visit& visit) const;
  /// Whether there is any entry of `field`. Costs nothing.
  [[nodiscard]] bool has(Field field, Action action) const;
  /// Whether an entry of Field::entity is one that RIPE's bulk data leaves out
  /// (facts::is_left_out_by_ripe).
  [[nodiscard]] bool names_persons(Action action) const;
  /// The same for client rules; for any rule.
  [[nodiscard]] bool clients_name_persons() const;
  [[nodiscard]] bool names_persons() const;

  // What the rules were made from.

  [[nodiscard]] std::string_view list_path() const { return text(header_.list_path); }
  /// When.
  [[nodiscard]] TimePoint made() const { return TimePoint(std::chrono::seconds(header_.made)); }
  /// How many lines and files have no effect, and the first few of them, in words.
  [[nodiscard]] std::uint64_t fault_count() const { return header_.fault_count; }
  [[nodiscard]] std::vector<std::string> faults() const;
  /// How many lists and client files could not be read.
  [[nodiscard]] std::uint64_t unread() const { return header_.unread; }
  /// Whether the lists say, or may say, something else now (has_changed()).
  [[nodiscard]] bool is_stale() const;
  /// All that the rules were made from.
  [[nodiscard]] std::vector<Dependency> dependencies() const;
  /// Whether the rules were read from a file or folder that has this stamp, or an earlier one.
  [[nodiscard]] bool is_made_from(const Stamp& file) const;

  // Client rules. A rule's anchor is one positive clause that can be looked up, if it has one: the
  // rule can hold only if a value of the login or its facts leads to that clause. So the caller
  // tests only the rules that anchored() names for its values, and those of unanchored(), however
  // many rules there are.

  [[nodiscard]] std::uint32_t client_rule_count() const;
  [[nodiscard]] bool has_client_rules() const { return client_rule_count() != 0; }
  /// Whether any client rule has a clause on `field`.
  [[nodiscard]] bool clients_look_at(Field field) const;

  /// Calls `visit` with numbers of rules, until it returns false; a number may come twice.
  using VisitRule = std::function<bool(std::uint32_t)>;
  /// Whether any rule has its anchor on `field`.
  [[nodiscard]] bool has_anchors(Field field) const;
  /// Rules whose anchor on ip_net holds `address`.
  void anchored(const net::Address& address, const VisitRule& visit) const;
  /// Rules whose anchor on `field` has `value` (canonical; entities and services in lower case).
  void anchored(Field field, std::string_view value, const VisitRule& visit) const;
  /// Rules whose anchor on `field` (Lookup::pattern) may match one of `values`: all that match, and
  /// few others.
  void anchored(Field field, std::span<const std::string_view> values,
                const VisitRule& visit) const;
  /// Rules without an anchor.
  void unanchored(const VisitRule& visit) const;

  /// Rules have numbers from 0 on, in the order of reading. Nothing: no rule has this number.
  [[nodiscard]] std::optional<ClientRuleView> client_rule(std::uint32_t number) const;
  /// Visits the rule's clauses, its anchor first, until `visit` returns false. Returns whether all
  /// were visited.
  using VisitClause = std::function<bool(const ClauseView&)>;
  bool clauses(std::uint32_t rule, const VisitClause& visit) const;
  [[nodiscard]] ClientView client(std::uint32_t number) const;

  /// Whether the clause (on ip_net) names a network that holds `address`: one point look-up.
  [[nodiscard]] bool clause_holds(const ClauseView& clause, const net::Address& address) const {
    return clause_network(clause, address).has_value();
  }
  /// The narrowest such network.
  [[nodiscard]] std::optional<net::Network> clause_network(const ClauseView& clause,
                                                           const net::Address& address) const;
  /// Whether the clause (Lookup::equal; for Field::user the names of a file) has `value`: one point
  /// look-up.
  [[nodiscard]] bool clause_has(const ClauseView& clause, std::string_view value) const;
  /// The values of the clause (on any field but ip_net), until `visit` returns false.
  using VisitValue = std::function<bool(std::string_view)>;
  void clause_each(const ClauseView& clause, const VisitValue& visit) const;
  /// The values of all clauses on `field` (any but ip_net).
  void clients_each(Field field, const VisitValue& visit) const;
  /// The same, with the number of the rule that each belongs to.
  using VisitRuleValue = std::function<bool(std::uint32_t rule, std::string_view value)>;
  void clients_each(Field field, const VisitRuleValue& visit) const;

 private:
  struct Owner {
    format::Networks networks;
    format::Sorted<format::Equal> equal;
  };
  Index() = default;
  bool place(std::span<const std::byte> bytes);
  /// The entries of `field`, as [first, last).
  [[nodiscard]] std::pair<std::size_t, std::size_t> entries(std::size_t owner, Field field) const {
    return entries_.clamp(header_.owners[owner].entries[static_cast<std::size_t>(field)]);
  }
  [[nodiscard]] bool has_entries(std::size_t owner, Field field) const {
    return header_.owners[owner].entries[static_cast<std::size_t>(field)].count != 0;
  }
  /// Entries of `field` (Lookup::equal) that are `value`, of the group `from` and later ones.
  void each_equal(std::size_t owner, Field field, std::string_view value, std::uint32_t from,
                  const std::function<bool(const format::Equal&)>& visit) const;
  [[nodiscard]] bool has_gram(std::uint32_t set, std::uint64_t text) const;
  [[nodiscard]] std::vector<std::uint32_t> patterns(std::size_t owner, Field field,
                                                    std::span<const std::string_view> values) const;
  [[nodiscard]] std::string_view text(format::Text text) const;
  [[nodiscard]] std::string_view file(std::uint32_t number) const;
  [[nodiscard]] format::Entry entry(std::size_t number) const;
  [[nodiscard]] Hit hit(std::size_t entry) const;
  [[nodiscard]] format::Rule rule(std::uint32_t number) const;
  /// The rule of the anchor `clause`, on `field`.
  [[nodiscard]] std::uint32_t anchored_rule(std::uint32_t clause, Field field) const;

  format::Header header_{};
  std::string_view texts_;
  format::Table<format::Text> files_;
  format::Table<format::Entry> entries_;
  format::Table<format::Client> clients_;
  format::Table<format::Rule> rules_;
  format::Table<format::Clause> clauses_;
  format::Table<std::uint32_t> unanchored_, gramless_;
  format::Sorted<format::Gram> grams_;
  std::string_view gram_filter_;
  format::Table<format::DependencyRecord> dependencies_;
  format::Table<format::Text> faults_;
  std::array<Owner, format::owner_count> owners_;
};

}  // namespace badclients::lists
