#pragma once

#include <string>

#include "logs/login.hpp"

namespace badclients::admin::report {

/// What a login counts for in each table; empty: it has no place there.

/// "AS8075"
std::string as_of(const logs::Login& login);
/// Where the network is registered, else the AS: "US". The original's `ZZ` for special-purpose
/// addresses too.
std::string country_of(const logs::Login& login);
/// The name of the network's registration, else the block of the address: /24, or /48 of IPv6.
std::string network_of(const logs::Login& login);
/// The domain of the reverse name: its last two labels, or three where the last but one is what
/// country domains have instead of names ("ac.uk", "com.br"). `<>` where there is no name; empty
/// where that is not known.
std::string domain_of(const logs::Login& login);
/// What refused it, or would have, in words: the client, else what matched with the value that did:
/// "New Outlook", "asn AS8075", "entity:MAIL-RU". Empty where nothing did. `named`:
/// whether a reverse name, which may be a person's, is shown.
std::string reason_of(const logs::Login& login, bool named = true);

}  // namespace badclients::admin::report
