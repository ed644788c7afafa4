#include "lists/blocks.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file.hpp"

namespace badclients::lists {

void write_at(int descriptor, std::string_view bytes, std::uint64_t offset) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), block_size))) {
    const auto block = bytes.substr(0, block_size);
    if (!base::write_all_at(descriptor, block, offset)) {
      throw std::system_error(errno, std::generic_category());
    }
    offset += block.size();
  }
}

std::size_t read_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset) {
  const auto length = base::read_at(descriptor, bytes, size, offset);
  if (length < 0) throw std::system_error(errno, std::generic_category());
  return static_cast<std::size_t>(length);
}

bool read_all_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset) {
  return base::read_at(descriptor, bytes, size, offset) == static_cast<ssize_t>(size);
}

BlockWriter::BlockWriter(int descriptor, std::uint64_t offset)
    : BlockWriter([descriptor, offset](std::string_view block, std::uint64_t at) {
        write_at(descriptor, block, offset + at);
      }) {}

void BlockWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto fits = bytes.substr(0, block_size - buffer_.size());
    buffer_ += fits;
    bytes.remove_prefix(fits.size());
    if (buffer_.size() == block_size) flush();
  }
}

void BlockWriter::finish() {
  if (!buffer_.empty()) flush();
}

void BlockWriter::flush() {
  put_(buffer_, put_bytes_);
  put_bytes_ += buffer_.size();
  hash_ = base::hash(buffer_, hash_);
  buffer_.clear();
}

std::optional<std::uint64_t> hash_of(int descriptor, std::uint64_t offset, std::uint64_t size,
                                     const std::function<void(std::string_view)>& take) {
  auto hash = base::hash({});
  std::string block;
  for (std::uint64_t at = 0; at < size; at += block.size()) {
    block.resize(std::min<std::uint64_t>(block_size, size - at));
    if (!read_all_at(descriptor, block.data(), block.size(), offset + at)) return std::nullopt;
    hash = base::hash(block, hash);
    take(block);
  }
  return hash;
}

}  // namespace badclients::lists
