#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "registry/compile/input.hpp"
#include "registry/compile/layers.hpp"
#include "registry/compile/reading.hpp"
#include "registry/segment.hpp"

namespace badclients::registry {

/// What registries have given away. Blocks of one file do not overlap; those of two may, for a day.
struct Delegations {
  struct Block {
    Range range;
    Delegation to;
  };
  std::vector<Block> blocks;
  /// First and last AS number; of one registry, in order, none beside another.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> asns;
};

/// Reads a delegated-extended file
/// (https://www.apnic.net/about-apnic/corporate-documents/documents/
/// resource-guidelines/rir-statistics-exchange-format/) of that registry into `into`: what is
/// allocated or assigned. IPv4 counts are no powers of two. Counts: asn, ipv4, ipv6.
/// Error: a half-sentence; a program wrote it, so one line that is wrong is one, and so is a count
/// that is another than the header's or the summary's.
tl::expected<Reading, std::string> read_delegated(Input& input, Registry registry,
                                                  Delegations& into);

/// Whom blocks are delegated to, as stretches.
class DelegatedStretches : public Stretches {
 public:
  explicit DelegatedStretches(std::vector<Delegations::Block> blocks);
  std::optional<Stretch> next() override;

 private:
  std::vector<Delegations::Block> blocks_;  ///< in order
  std::size_t at_ = 0;
};
/// What such a stretch says.
Delegation decode_delegation(std::string_view payload);

/// "1-3 7": AS numbers as registry.db keeps them.
std::string encode(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& asns);
/// What it cannot read is left out.
std::vector<std::pair<std::uint32_t, std::uint32_t>> decode_asns(std::string_view text);

/// Where ranges may lie: all that one registry has given away.
class DelegatedSpace {
 public:
  DelegatedSpace() = default;
  DelegatedSpace(const std::vector<Delegations::Block>& blocks, Registry registry);
  [[nodiscard]] bool contains(const Range& range) const;
  /// The parts of `range` that lie within.
  [[nodiscard]] std::vector<Range> within(const Range& range) const;

 private:
  std::vector<Range> ranges_;  ///< in order, none beside another
};

}  // namespace badclients::registry
