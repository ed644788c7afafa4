#include "base/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.hpp"

namespace badclients::base {

namespace {

bool write_new(int folder, const std::string& name, const NewFile& file) {
  if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) return false;
  const Descriptor fresh{
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  return fresh.is_open() && write_all(fresh.number(), file.text) &&
         (!file.owner || ::fchown(fresh.number(), file.owner->first, file.owner->second) == 0) &&
         ::fchmod(fresh.number(), file.mode) == 0 &&
         (!file.is_flushed || ::fsync(fresh.number()) == 0);
}

bool name_it(int folder, const std::string& unfinished, const std::string& name, Put how) {
  return how == Put::replacing
             ? ::renameat(folder, unfinished.c_str(), folder, name.c_str()) == 0
             : ::linkat(folder, unfinished.c_str(), folder, name.c_str(), /*flags=*/0) == 0;
}

}  // namespace

bool is_own(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

tl::expected<std::string, std::string> read_regular(const Descriptor& file, std::size_t most) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) {
    return tl::unexpected(std::string(std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("is no regular file"));
  return read_to_end(file.number(), most).map_error([&](int error) {
    return error == EFBIG ? "has more than " + std::to_string(most) + " bytes"
                          : std::string(std::strerror(error));
  });
}

tl::expected<std::string, std::string> read_regular(const std::string& path, std::size_t most) {
  const auto file = open_to_read(path);
  if (!file.is_open()) return tl::unexpected(std::string(std::strerror(errno)));
  return read_regular(file, most);
}

std::string unfinished(const std::string& name) {
  return "." + name + ".new";
}

bool put_file(int folder, const NewFile& file, Put how) {
  const auto fresh = unfinished(file.name);
  const bool done = write_new(folder, fresh, file) && name_it(folder, fresh, file.name, how);
  const int reason = errno;
  if (!done || how == Put::missing) ::unlinkat(folder, fresh.c_str(), 0);
  // The name's change may be lost in a crash, but never half done: no reason to fail.
  if (done && file.is_flushed) ::fsync(folder);
  errno = reason;
  return done;
}

tl::expected<std::optional<std::string>, std::string> read_state_file(const std::string& folder,
                                                                      StateFile name,
                                                                      std::size_t most) {
  const auto path = folder + "/" + name.c_str();
  const auto file = open_to_read(path, O_NOFOLLOW);
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open()) return tl::unexpected(path + ": " + std::strerror(errno));
  auto text = read_to_end(file.number(), most);
  if (!text) return tl::unexpected(path + ": " + std::strerror(text.error()));
  return *std::move(text);
}

bool put_state_file(const std::string& folder, StateFile name, std::string_view text) {
  const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  struct stat status {};
  if (!opened.is_open() || ::fstat(opened.number(), &status) != 0) return false;
  NewFile file{name.c_str(), text, 0600};
  if (::geteuid() == 0) file.owner = {status.st_uid, status.st_gid};
  return put_file(opened.number(), file, Put::replacing);
}

}  // namespace badclients::base
