#pragma once

#include <string_view>

/// The words by which servers refuse to answer, over WHOIS and RDAP, in the registries' languages.
/// Any bytes; Latin-1 and UTF-8 alike.
namespace badclients::network {

/// Certainly "you ask too much", even in an answer that has a network too (NIC.br: "Query rate
/// limit exceeded. Reduced information."). RIPE's 200s are its access control.
bool says_too_much(std::string_view text);

/// Words that are weaker, and count only where an answer says nothing else.
bool may_say_too_much(std::string_view text);

/// Of these, a ban: the day's limit is passed (RIPE's, APNIC's and AFRINIC's 201 and 202), or there
/// is no access at all.
bool says_banned(std::string_view text);

}  // namespace badclients::network
