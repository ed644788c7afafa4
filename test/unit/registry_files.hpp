#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "registry/compile/input.hpp"
#include "temp_folder.hpp"

namespace badclients::test {

/// A file that stands open at its first byte.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY)) {}
  OpenFile(const TempFolder& folder, const std::string& content)
      : OpenFile(folder.write("file", content)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(descriptor_); }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

inline std::string gzipped(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

/// What a reader makes of a text: `read(Input&)`.
template <class Read>
auto reading_of(const std::string& text, Read read) {
  const TempFolder folder;
  const OpenFile file{folder, text};
  registry::Input input{file.descriptor(), 50'000'000};
  return read(input);
}

}  // namespace badclients::test
