#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::admin::notify {

/// Which domains may be written to. Who can send a request to Dovecot chooses the user names in the
/// log, so names of strangers' mailboxes may be among them.
class Domains {
 public:
  /// "example.org,example.net": the first completes names without a domain. "*": any domain. Error:
  /// what is wrong.
  static tl::expected<Domains, std::string> read(std::string_view text);

  [[nodiscard]] const std::string& first() const { return first_; }  ///< empty: none
  [[nodiscard]] bool hold(std::string_view domain) const;

 private:
  std::string first_;
  std::vector<std::string> all_;
  bool any_ = false;
};

/// The address of a user by the name of the login; its domain in lower case. No text comes out that
/// a mail server or its program sendmail could take for anything but one address: the local part is
/// a dot-atom of letters (of any language), digits and `#$&'*+-=?^_{}~` plus a backquote, without
/// `%` and `!`, which route mail elsewhere; it does not begin with a hyphen. Error: why there is no
/// such address.
tl::expected<std::string, std::string> address_of(std::string_view user, const Domains& domains);

}  // namespace badclients::admin::notify
