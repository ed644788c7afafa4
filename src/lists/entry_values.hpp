#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/remark.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// The canonical form of an entry, or why it is none.
using Canonical = tl::expected<std::string, std::string>;

/// Reads one entry of a field whose entries are words (all but ip_net and the patterns). `word` has
/// no comment behind it. Warnings and notes go to `remarks`.
Canonical read_word(Field field, std::string_view word, Remarks& remarks);

/// Whether a word is a country code of badclients-lists(5), in upper case.
bool is_country_code(std::string_view word);

/// An entry of ip_net, canonical (Network::str()).
struct NetworkEntry {
  std::string value;
  std::vector<std::string> more;  ///< the rest of a range that is no single network
  std::size_t length = 0;         ///< of the text that was read
};

/// Reads the entry at the begin of `text`, in any form of net::read_network. Notes and warnings go
/// to `remarks`. Error: what is wrong, with the text.
tl::expected<NetworkEntry, std::string> read_network_entry(std::string_view text, Use use,
                                                           Remarks& remarks);

}  // namespace badclients::lists
