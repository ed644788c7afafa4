#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "registry/compile/input.hpp"
#include "registry/compile/reading.hpp"

/// Descriptions of ASes, from RIPE's asn.txt (https://ftp.ripe.net/ripe/asnames/).
namespace badclients::registry {

using AsNames = std::vector<std::pair<std::uint32_t, std::string>>;

/// `HETZNER-AS Hetzner Online GmbH, DE` as Team Cymru has it, `HETZNER-AS - Hetzner Online GmbH,
/// DE`: in RIPE's region asn.txt lacks the dash behind the AS's name.
std::string with_dash(std::string_view text);

/// Reads lines `NUMBER TEXT`. UTF-8 as it is, else taken for Latin-1; facts::longest_field at most.
/// `ripencc`: AS numbers, first and last, in order, whose text gets a dash. Counts: asn.
/// Error: a half-sentence; numbers that do not ascend are one, and so is a last line without end.
tl::expected<Reading, std::string> read_as_names(
    Input& input, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ripencc,
    AsNames& into);

}  // namespace badclients::registry
