#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::admin::notify {

struct File {
  std::string name, text;
};

/// Makes the folder `path` with these files, mode 0700 and 0600, on disk before this returns: all
/// of them, or none. Error: it could not be, or there is something of that name.
tl::expected<void, std::string> make_folder(const std::string& path,
                                            const std::vector<File>& files);

}  // namespace badclients::admin::notify
