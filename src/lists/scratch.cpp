#include "lists/scratch.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

/// Some file systems (NFS) have no files without a name.
Descriptor open_without_name(const std::string& folder) {
  Descriptor file{::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.is_open()) return file;
  auto path = folder + "/lists.sort-XXXXXX";
  file = Descriptor{::mkostemp(path.data(), O_CLOEXEC)};
  if (!file.is_open()) throw std::system_error(errno, std::generic_category());
  ::unlink(path.c_str());
  return file;
}

}  // namespace

std::uint64_t Scratch::append(std::string_view bytes) {
  if (!file_.is_open()) file_ = open_without_name(folder_);
  const auto offset = size_;
  write_at(file_.number(), bytes, offset);
  size_ += bytes.size();
  return offset;
}

void Scratch::read(char* bytes, std::size_t size, std::uint64_t offset) const {
  if (read_at(file_.number(), bytes, size, offset) != size) {
    throw std::system_error(EIO, std::generic_category());
  }
}

}  // namespace badclients::lists
