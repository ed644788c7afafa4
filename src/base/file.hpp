#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"

/// Reading and writing to the end, whatever signal interrupts it. Where something fails, errno says
/// why.
namespace badclients::base {

/// Opens a file for reading, without waiting: a FIFO's writer is not waited for, and a terminal
/// does not become ours. `flags`: others of open(2), such as O_NOFOLLOW. A relative `path` counts
/// from `folder`.
Descriptor open_to_read(const std::string& path, int flags = 0, int folder = AT_FDCWD);

/// As read(2): a number of bytes, 0 at the end, -1 for an error.
ssize_t read_some(int descriptor, std::span<char> into);
/// As pread(2).
ssize_t read_some_at(int descriptor, std::span<char> into, std::uint64_t offset);

/// As many of `size` bytes from `offset` on as there are before the end; -1 for an error.
ssize_t read_at(int descriptor, char* bytes, std::size_t size, std::uint64_t offset);

/// All up to the end. Error: errno's value, EFBIG where there are more than `most` bytes.
tl::expected<std::string, int> read_to_end(int descriptor, std::size_t most);

/// Writes all of `bytes`. False: an error; a part of them may have been written.
bool write_all(int descriptor, std::string_view bytes);
/// The same, at `offset`.
bool write_all_at(int descriptor, std::string_view bytes, std::uint64_t offset);

/// As flock(2).
bool lock(int descriptor, int how);

}  // namespace badclients::base
