#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "lists/pattern.hpp"
#include "lists/rulebook.hpp"
#include "net/address.hpp"

namespace badclients::verdict {

/// Whether something is so, as far as the facts go.
enum class Truth : std::uint8_t {
  no,
  yes,
  not_asked,  ///< unknown, and nobody tried to know
  failed,     ///< unknown: it could not be had, or a pattern was too much work
};

/// What the audit line says where an entry is so.
struct Reason {
  std::string matched;
  std::uint32_t asn = 0;  ///< the AS that the entry is about; 0: it is about none
};

/// One value that a login or its facts have for a field.
struct Value {
  std::string text;          ///< what entries are compared with: canonical, as they are, or a text
  Reason reason;             ///< where an entry matches
  bool provisional = false;  ///< after facts::Facts::provisional
};

/// Their texts; valid as long as they are.
std::vector<std::string_view> views(const std::vector<Value>& values);

/// Whether an entry is so, and what the audit line says then.
struct Finding {
  Truth truth = Truth::no;
  Reason reason;
  bool provisional = false;  ///< `truth` rests on a provisional answer alone
};

/// A login and its facts, as the fields of lists see them. What is absent (no country, no AS, no
/// name) matches no entry, not even the pattern `.*`; only `<>` names the absence of reverse names.
/// An app that sent no ID and a login without service are unknown, rather than known to be absent:
/// Dovecot may just not pass them on. Everything passed in must outlive it.
///
/// A provisional answer counts where it speaks against the login: it matches deny entries, and
/// clauses of client rules, and a negated clause holds where it does not match. It matches no allow
/// entry, and keeps no negated clause from holding: there the fact is unknown.
class Subject {
 public:
  Subject(const facts::Login& login, const facts::Facts& facts, lists::PatternMatcher& matcher);

  /// The address that counts, then the one that carries it, where it is another; none where there
  /// is none.
  [[nodiscard]] const std::vector<net::Address>& addresses() const { return addresses_; }

  /// What entries of a field are compared with: whole (Lookup::equal), or as texts
  /// (Lookup::pattern). A reverse name counts for an allow entry only when it is confirmed, and its
  /// absence, `<>`, proves nothing; it is compared as it is and in lower case, for DNS knows no
  /// difference (RFC 4343). An AS description is compared as it is, and for a deny entry also in
  /// the form that Team Cymru gave before 2026 (facts::without_full_name).
  [[nodiscard]] const std::vector<Value>& values(lists::Field field,
                                                 lists::Action action = lists::Action::deny) const;

  /// Whether an entry of a field that is tried one by one (Lookup::pattern and each) matches. A
  /// pattern that was too much work failed.
  [[nodiscard]] Finding compare(lists::Field field, std::string_view entry,
                                lists::Action action) const;

  /// Whether any pattern so far was too much work for this login.
  [[nodiscard]] bool gave_up() const { return matcher_.gave_up(); }

  /// What it means that no entry of `field` matched: Truth::no where the fact is known, else why
  /// it is not. Not for Field::dnsbl, where each zone is a fact of its own.
  [[nodiscard]] Truth unmatched(lists::Field field) const;

  /// The same for entities that are facts::is_left_out_by_ripe: where the registration is from
  /// RIPE's bulk data, that they are not in it says nothing.
  [[nodiscard]] Truth unmatched_person() const;

  /// Whether nothing but a provisional answer is known for `field`.
  [[nodiscard]] bool is_provisional(lists::Field field) const;

 private:
  [[nodiscard]] std::vector<Value> gather(lists::Field field, lists::Action action) const;
  [[nodiscard]] std::vector<Value> reverse_names(lists::Action action) const;
  [[nodiscard]] std::vector<Value> descriptions(lists::Action action) const;
  [[nodiscard]] Finding match(lists::Field field, std::string_view entry,
                              lists::Action action) const;
  [[nodiscard]] Finding listing(std::string_view entry) const;
  [[nodiscard]] bool nearby(std::string_view entry) const;

  const facts::Login& login_;
  const facts::Facts& facts_;
  lists::PatternMatcher& matcher_;
  std::vector<net::Address> addresses_;
  // Gathered when first asked for.
  using Values = std::array<std::optional<std::vector<Value>>, lists::field_count>;
  mutable std::array<Values, 2> values_;  // by action
};

}  // namespace badclients::verdict
