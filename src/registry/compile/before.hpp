#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "registry/compile/delegations.hpp"
#include "registry/compile/layers.hpp"
#include "registry/publication.hpp"
#include "registry/store.hpp"

/// What the registry.db that is there gives for the next: the parts that came from files which are
/// unchanged, or no good today. Throws std::runtime_error where it is damaged.
namespace badclients::registry {

/// Its segments of one family, in order, each with its last address.
class OldSegments {
 public:
  OldSegments(Store& store, net::Family family);
  std::optional<std::pair<Range, Segment>> next();

 private:
  std::optional<BlockReader::Entry> read();

  std::string path_;
  Point last_;  ///< of the family
  SQLite::Statement select_;
  std::string bytes_;  ///< of the block that is being read
  std::optional<BlockReader> block_;
  std::optional<BlockReader::Entry> head_;
};

/// Text `number`; one that is missing is damage.
std::string old_text(Store& store, std::uint64_t number);

/// Prefixes and origins, as read_routes() and Routes give them.
class OldRoutes : public Stretches {
 public:
  OldRoutes(Store& store, net::Family family) : store_(store), segments_(store, family) {}
  std::optional<Stretch> next() override;

 private:
  Store& store_;
  OldSegments segments_;
};

/// All that is delegated.
std::vector<Delegations::Block> old_blocks(Store& store);
/// AS numbers that were delegated by `file`.
std::vector<std::pair<std::uint32_t, std::uint32_t>> old_asns(Store& store,
                                                              const Publication& file);

std::vector<std::pair<std::uint32_t, std::string>> old_as_names(Store& store);

/// Registrations of one registry, as far as they lie within `space`, into `into`.
void old_registrations(Store& store, net::Family family, Registry registry,
                       const DelegatedSpace& space, Sorter& into);

}  // namespace badclients::registry
