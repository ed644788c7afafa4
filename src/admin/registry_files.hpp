#pragma once

#include <optional>
#include <vector>

#include "config/config.hpp"
#include "registry/publication.hpp"
#include "registry/store.hpp"

namespace badclients::admin {

/// A publisher's file of registry data that a site has, or wants.
struct RegistryFile {
  const registry::Publication* publication;
  bool is_named;                    ///< by registry/sources: an update renews it
  std::optional<facts::Time> made;  ///< by its publisher; nothing: it is named, and not there
};

/// In the order of publications(). A file that registry/sources does not name is there too where
/// `registry update --from` took it: logins look at it all the same. `store`: null where there is
/// no registry.db, or none that can be read.
std::vector<RegistryFile> registry_files(const config::Config::Registry& settings,
                                         const registry::Store* store);

}  // namespace badclients::admin
