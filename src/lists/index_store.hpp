#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "base/state_file.hpp"
#include "lists/index_file.hpp"

/// The files in state_path that the index is in.
namespace badclients::lists {

using base::Descriptor;

/// lists.index      the index: whole, replaced by renaming. A crash may lose parts of a new one; it
///                  is verified after each start of the system.
/// lists.index.tmp  the next one, while it is written
/// lists.verified   which lists.index is as it was written: it was put in place, or read from its
///                  first to its last byte, since the system started
/// lists.failed     what the lists were when no index could be made of them, and why
/// lists.lock       the process that holds it locked (flock) makes an index, verifies one, or puts
///                  one in place. The kernel gives the lock back when that process ends.
class IndexStore {
 public:
  explicit IndexStore(std::string state_path) : folder_(std::move(state_path)) {}

  /// "STATE_PATH/lists.index"
  [[nodiscard]] std::string path(const char* suffix = "") const;

  /// Whether `path` is the path() of a store in `state_path`.
  static bool is_path_in(std::string_view state_path, std::string_view path) {
    return base::is_path_of(path, state_path, "lists.index");
  }

  /// Opens lists.index, which the caller has to verify, unless is_verified(). Nothing: there is
  /// none. Error: it cannot be opened, or must not be trusted; a sentence.
  [[nodiscard]] tl::expected<std::optional<IndexFile>, std::string> open() const;
  /// Whether lists.verified names `index`.
  [[nodiscard]] bool is_verified(const IndexFile& index) const;
  /// Makes lists.verified name the index that has this stamp, if this user can write it.
  void remember_verified(const Stamp& index) const;
  void forget_verified() const;

  /// Takes the right that lists.lock gives. Nothing: another process has it. Error: this user
  /// cannot write there; a sentence.
  [[nodiscard]] tl::expected<std::optional<Descriptor>, std::string> take_right() const;

  /// Whether the process that has the right has begun, or written, within the last ten seconds.
  [[nodiscard]] bool maker_gets_on(TimePoint now) const;

  /// What the lists said when the newest index was made of them.
  [[nodiscard]] StoredTexts last_texts() const;

  /// Makes an empty lists.index.tmp. Only for the process that has the right. Throws
  /// std::system_error.
  [[nodiscard]] Descriptor start_new() const;
  /// Puts the file of start_new() in the place of lists.index, as verified. As start_new().
  void complete_new(const Descriptor& file) const;

  /// Why no index could be made of the lists as they are now, in words; empty: not known, or not
  /// within the last minute.
  [[nodiscard]] std::string failure(const std::string& list_path, TimePoint now) const;
  /// Remembers a failure. `image` has the dependencies, and the reason as its only fault; empty:
  /// there is no failure.
  void remember_failure(const std::string& image) const;

  /// Whether we are root, and the folder is another user's, who could not replace what we write.
  [[nodiscard]] bool is_anothers() const;

 private:
  [[nodiscard]] std::string other(base::StateFile name) const {
    return folder_ + "/" + name.c_str();
  }
  [[nodiscard]] const char* distrust(const struct stat& file) const;
  [[nodiscard]] Descriptor open_trusted(const std::string& path) const;
  void share_with_group(int descriptor) const;
  [[nodiscard]] Descriptor create(const std::string& path) const;
  void write(base::StateFile name, std::string_view bytes) const;

  std::string folder_;
};

}  // namespace badclients::lists
