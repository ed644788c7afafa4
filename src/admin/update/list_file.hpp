#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "net/network.hpp"

/// The files that updates write.
namespace badclients::admin::update {

/// Where a list goes, below list_path.
struct Target {
  std::string name;    ///< as the administrator calls it: "new-outlook"
  std::string folder;  ///< "ip_net.deny.d", "ip_net.allow.d" or "clients/data"
  std::string file;    ///< "new-outlook.lst"
};

/// Reads `NAME` (ip_net.deny.d/NAME.lst), `ip_net.deny.d/NAME.lst`, `ip_net.allow.d/NAME.lst` or
/// `clients/data/NAME.net`. NAME is letters, digits, `.`, `_` and `-`, at most 64, and does not
/// begin with a dot. The same place always has the same name.
/// Error: a sentence that quotes the text and says what would be good.
tl::expected<Target, std::string> parse_target(std::string_view text);

/// What such a file holds.
struct ListFile {
  std::string source;     ///< Source::str()
  std::string written;    ///< when, RFC 3339
  std::size_t published;  ///< networks before aggregation
  std::vector<net::Network> networks;

  /// The whole file: a header of comments, a line for each network.
  [[nodiscard]] std::string str() const;
};

/// What the file that is there holds.
struct PresentList {
  bool ours = false;  ///< written by badclientsctl update
  std::string source;
  std::vector<net::Network> networks;  ///< sorted
  bool edited = false;                 ///< it has lines besides, or in another order
};
PresentList parse_list(std::string_view text);

}  // namespace badclients::admin::update
