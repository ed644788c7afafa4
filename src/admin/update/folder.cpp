#include "admin/update/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace badclients::admin::update {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool good() const { return number_ >= 0; }

 private:
  int number_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// False, with errno, where it failed.
bool read_all(int file, std::string& text) {
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const auto count = ::read(file, buffer.data(), buffer.size());
    if (count == 0) return true;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > most_bytes) {
      errno = EFBIG;
      return false;
    }
  }
}

bool write_file(int folder, const std::string& name, std::string_view text) {
  // What a crashed run left. Only one process at a time is here: see lock().
  if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) return false;
  const Descriptor file(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  // fchmod: the umask must not keep the list from those who log in.
  return file.good() && ::fchmod(file.get(), 0644) == 0 && write_all(file.get(), text) &&
         ::fsync(file.get()) == 0;
}

}  // namespace

tl::expected<std::optional<Folder>, std::string> Folder::find(const std::string& path,
                                                              Parent parent) {
  const int no_links = parent == Parent::foreign ? O_NOFOLLOW : 0;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_links);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  if (descriptor < 0) {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  Folder folder{path, descriptor};
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
  // The umask must not keep the lists from those who log in. Whoever may write to the folder above
  // can have put another in its place meanwhile, but none of ours.
  if (made && (*found)->is_own()) ::fchmod((*found)->descriptor_, 0755);
  return std::move(**found);
}

Folder::Folder(Folder&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      lock_(std::exchange(other.lock_, -1)) {}

Folder::~Folder() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (lock_ >= 0) ::close(lock_);
}

bool Folder::is_own() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

tl::expected<bool, std::string> Folder::lock() {
  constexpr auto name = "lock";
  const int file =
      ::openat(descriptor_, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (file < 0) return tl::unexpected(fault(name));
  lock_ = file;
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return tl::unexpected(fault(name));
}

std::string Folder::fault(const std::string& name) const {
  return fmt::format("{}/{}: {}", path_, name, std::strerror(errno));
}

tl::expected<std::optional<std::string>, std::string> Folder::read(const std::string& name) const {
  // O_NONBLOCK: opening a FIFO must not wait for somebody who writes to it.
  const Descriptor file(::openat(descriptor_, name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.good() && errno == ENOENT) return std::nullopt;
  const bool link = !file.good() && errno == ELOOP;
  struct stat status {};
  if (link || (file.good() && ::fstat(file.get(), &status) == 0 && !S_ISREG(status.st_mode))) {
    return tl::unexpected(fmt::format("{}/{}: is no regular file", path_, name));
  }
  std::string text;
  if (!file.good() || !read_all(file.get(), text)) return tl::unexpected(fault(name));
  return text;
}

tl::expected<void, std::string> Folder::replace(const std::string& name,
                                                std::string_view text) const {
  const auto unfinished = "." + name + ".new";
  const bool done = write_file(descriptor_, unfinished, text) &&
                    ::renameat(descriptor_, unfinished.c_str(), descriptor_, name.c_str()) == 0;
  if (!done) {
    const auto reason = fault(name);
    ::unlinkat(descriptor_, unfinished.c_str(), 0);
    return tl::unexpected(reason);
  }
  // The name's change may be lost in a crash, but never half done: no reason to fail.
  ::fsync(descriptor_);
  return {};
}

}  // namespace badclients::admin::update
