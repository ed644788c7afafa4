#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "admin/update/filter.hpp"
#include "net/network.hpp"

/// Reading what publishers of address ranges serve. Each function takes a whole file and returns
/// the networks of the entries that `filter` accepts.
namespace badclients::admin::update {

struct Published {
  std::vector<net::Network> networks;  ///< accepted, as published: unsorted, with repetitions
  std::size_t entries = 0;             ///< accepted or not

  /// A line that was not understood and left out; few enough not to doubt the others.
  struct Fault {
    unsigned line = 0;
    std::string text;
  };
  std::vector<Fault> faults;

  /// Counts an entry, and takes its networks where it is accepted. `text` is what
  /// net::read_network reads, a range of addresses too, and nothing behind it. Error: a sentence
  /// that quotes it.
  tl::expected<void, std::string> add(std::string_view text, bool accepted);
};

/// Error: a half-sentence that says what was expected where.
using Reading = tl::expected<Published, std::string>;

/// More faults than this, and the file is something else than it should be.
inline constexpr std::size_t most_faults = 5;

// JSON. One entry that lacks what it must have puts the whole file in doubt, and is an error: a
// program wrote it.

/// https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html
/// Keys: service, region, network_border_group.
Reading read_aws(std::string_view text, const Filter& filter);
/// https://www.gstatic.com/ipranges/cloud.json. Keys: service, scope.
Reading read_google(std::string_view text, const Filter& filter);
/// "Azure IP Ranges and Service Tags". Keys: tag, region, systemService.
Reading read_azure(std::string_view text, const Filter& filter);
/// https://docs.oracle.com/iaas/Content/General/Concepts/addressranges.htm. Keys: region, tag.
Reading read_oracle(std::string_view text, const Filter& filter);
/// https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-ip-web-service.
/// Keys: serviceArea, id.
Reading read_microsoft365(std::string_view text, const Filter& filter);

// Lines. People write them: a few that are wrong are left out and reported.

/// RFC 8805. Keys: country, region, city.
Reading read_geofeed(std::string_view text, const Filter& filter);
/// A network, an address or a range of addresses at the beginning of each line, anything behind a
/// blank, a comma, a semicolon or a `#` is a comment; lines that begin with `#`, `;`, `--` or `//`
/// are comments. No keys.
Reading read_text(std::string_view text, const Filter& filter);

}  // namespace badclients::admin::update
