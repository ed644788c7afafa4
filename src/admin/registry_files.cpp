#include "admin/registry_files.hpp"

#include <algorithm>

namespace badclients::admin {

std::vector<RegistryFile> registry_files(const config::Config::Registry& settings,
                                         const registry::Store* store) {
  std::vector<RegistryFile> files;
  for (const auto& publication : registry::publications()) {
    RegistryFile file{&publication, std::ranges::count(settings.sources, publication.source) != 0,
                      std::nullopt};
    if (store != nullptr) {
      const auto found = store->made().find(publication.name);
      if (found != store->made().end()) file.made = found->second;
    }
    if (file.is_named || file.made) files.push_back(file);
  }
  return files;
}

}  // namespace badclients::admin
