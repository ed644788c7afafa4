#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "facts/facts.hpp"

/// The spellings of a registry's handles. NIC.br names an owner by the tax number (CNPJ of a
/// company, CPF of a person): WHOIS writes 04.368.865/0001-66, at some times 004.368.865/0001-66,
/// and RDAP 04368865000166.
namespace badclients::facts {

/// Such a number as WHOIS writes it today; every other handle as it is. A number without
/// punctuation counts only where its check digits are right.
std::string canonical_handle(std::string_view handle);

/// The same number in the other spelling: without punctuation for one with it, and the reverse.
/// Nothing for a handle that is no such number. In any case of letters.
std::optional<std::string> other_spelling(std::string_view handle);

/// Whether it is a handle that RIPE's bulk data leaves out: persons' and roles', `-RIPE` at their
/// end, but not organisations' (`ORG-...-RIPE`). In any case of letters.
bool is_left_out_by_ripe(std::string_view handle);

/// Whether it is known from that data: that such a handle is not in there says nothing.
bool is_from_ripes_data(const Fact<Registration>& registration);

}  // namespace badclients::facts
