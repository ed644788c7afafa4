#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/remark.hpp"

namespace badclients::lists {

/// An entry of ip_net, canonical (Network::str()).
struct NetworkEntry {
  std::string value;
  std::vector<std::string> more;  ///< of a range that is no single network: the rest of it
  std::size_t length = 0;         ///< of the text that was read
};

/// Reads it at the begin of `text`, in any form of net::read_network. Notes and warnings go to
/// `remarks`. Error: what is wrong, with the text.
tl::expected<NetworkEntry, std::string> read_network_entry(std::string_view text, Use use,
                                                           Remarks& remarks);

}  // namespace badclients::lists
