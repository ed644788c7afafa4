#include "admin/update/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::update {

namespace {

using base::Descriptor;

constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;

}  // namespace

tl::expected<std::optional<Folder>, std::string> Folder::find(const std::string& path,
                                                              Parent parent) {
  const int no_links = parent == Parent::foreign ? O_NOFOLLOW : 0;
  Descriptor descriptor = base::open_to_read(path, O_DIRECTORY | no_links);
  if (!descriptor.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  Folder folder{path, std::move(descriptor)};
  if (parent == Parent::foreign && !folder.is_own()) {
    return tl::unexpected(fmt::format("{}: others may write to it, so it is not used", path));
  }
  return folder;
}

tl::expected<Folder, std::string> Folder::make(const std::string& path, Parent parent) {
  const bool made = ::mkdir(path.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  auto found = find(path, parent);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return tl::unexpected(fmt::format("{}: {}", path, std::strerror(ENOENT)));
  // The umask must not keep the lists from those who log in. A user who may write to the folder
  // above can have put another in its place meanwhile, but none of ours.
  if (made && (*found)->is_own()) ::fchmod((*found)->descriptor_.number(), 0755);
  return std::move(**found);
}

bool Folder::is_own() const {
  return base::is_own(descriptor_.number());
}

tl::expected<bool, std::string> Folder::lock() {
  constexpr auto name = "lock";
  lock_ = Descriptor{::openat(descriptor_.number(), name,
                              O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)};
  if (!lock_.is_open()) return tl::unexpected(fault(name));
  if (base::lock(lock_.number(), LOCK_EX | LOCK_NB)) return true;
  if (errno == EWOULDBLOCK) return false;
  return tl::unexpected(fault(name));
}

std::string Folder::fault(const std::string& name) const {
  return fmt::format("{}/{}: {}", path_, name, std::strerror(errno));
}

tl::expected<std::optional<std::string>, std::string> Folder::read(const std::string& name) const {
  const auto file = base::open_to_read(name, O_NOFOLLOW, descriptor_.number());
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open() && errno != ELOOP) return tl::unexpected(fault(name));
  // A link is none, either.
  auto text = file.is_open() ? base::read_regular(file, most_bytes)
                             : tl::unexpected(std::string("is no regular file"));
  if (!text) return tl::unexpected(fmt::format("{}/{}: {}", path_, name, text.error()));
  return std::move(*text);
}

tl::expected<void, std::string> Folder::replace(const std::string& name,
                                                std::string_view text) const {
  if (!base::put_file(descriptor_.number(), {name, text}, base::Put::replacing)) {
    return tl::unexpected(fault(name));
  }
  return {};
}

}  // namespace badclients::admin::update
