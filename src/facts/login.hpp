#pragma once

#include <optional>
#include <string>

#include "facts/scope.hpp"
#include "net/address.hpp"

namespace badclients::facts {

/// One attempt to log in, as Dovecot describes it. The first of the three nouns; it never holds the
/// password. Every string is foreign data: any byte but NUL may be in it.
struct Login {
  std::string user;
  std::string service;  ///< "imap", "pop3", "smtp", ...; empty where Dovecot named none
  /// The client's address as Dovecot gave it (IPv4-mapped IPv6 is IPv4); nothing where it gave
  /// none.
  std::optional<net::Address> address;
  /// What the app calls itself: its IMAP ID (RFC 2971) as sent; empty where there is none.
  std::string client_id;
  std::string session{};  ///< Dovecot's ID of the session; empty where it gave none
  std::string master{};   ///< who really logged in, as the user; empty: the user
  Scope scope{};          ///< what the configuration says of it; set by who makes the login

  /// The address that counts for lists and look-ups (net::Address::carried).
  [[nodiscard]] std::optional<net::Address> origin() const {
    return address ? std::optional{address->carried()} : std::nullopt;
  }
};

}  // namespace badclients::facts
