#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "lists/descriptor.hpp"

/// Making a new index file in the place of the old one.
namespace badclients::lists {

/// "STATE_PATH/lists.index"
std::string index_path(const std::string& state_path);

/// What a new index has that the old one has not. Who makes the one does not wait for the other.
enum class Purpose : std::uint8_t { rules, stamps };

/// The right to replace lists.index: its next version under another name, lists.index.new or
/// lists.index.stamps, which one process at a time holds locked (flock). The kernel gives the lock
/// back whatever becomes of that process, and the next one begins with the file that it left: there
/// is nothing to clean.
class IndexWriter {
 public:
  /// Nothing where another process has it, and keeps it for more than some milliseconds. Error:
  /// this user cannot write there, as a sentence with path and reason.
  static tl::expected<std::optional<IndexWriter>, std::string> take(const std::string& state_path,
                                                                    Purpose purpose);
  IndexWriter(IndexWriter&&) noexcept = default;
  IndexWriter& operator=(IndexWriter&&) = delete;
  ~IndexWriter();

  /// Puts `bytes` in the place of lists.index, readable for its owner (and, where the folder is,
  /// for the folder's group), and gives the right back. Who has opened the old file keeps it. The
  /// data is not forced to disk: the length that the file claims shows whether it was all there
  /// when the power went. Error: as above, and the old one is still there.
  tl::expected<void, std::string> publish(std::string_view bytes) &&;

  /// Publishes what `make` returns, in a process of its own that has no other descriptors of this
  /// one's, and waits for it. Whatever ends this process meanwhile, the other goes on. An exception
  /// of `make` is an error.
  tl::expected<void, std::string> publish_apart(const std::function<std::string()>& make) &&;

 private:
  IndexWriter(std::string state_path, std::string path, Descriptor draft)
      : state_path_(std::move(state_path)), path_(std::move(path)), draft_(std::move(draft)) {}
  static tl::expected<std::optional<IndexWriter>, std::string> try_take(
      const std::string& state_path, const std::string& path);
  static std::string report_on(IndexWriter writer, const std::function<std::string()>& make);

  std::string state_path_;
  std::string path_;  // of the draft
  Descriptor draft_;  // locked
};

}  // namespace badclients::lists
