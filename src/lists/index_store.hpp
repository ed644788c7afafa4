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

  /// Whether `path` is path() of a store in that folder.
  static bool is_path_in(std::string_view state_path, std::string_view path) {
    return base::is_path_of(path, state_path, "lists.index");
  }

  /// lists.index, which the caller verifies or knows as verified. Nothing where there is none.
  /// Error: it cannot be opened, or believed, as a sentence.
  [[nodiscard]] tl::expected<std::optional<IndexFile>, std::string> open() const;
  /// Whether lists.verified names `index`.
  [[nodiscard]] bool is_verified(const IndexFile& index) const;
  /// Makes it name the index that has this stamp, where it can.
  void remember_verified(const Stamp& index) const;
  void forget_verified() const;

  /// The right that lists.lock gives. Nothing where another process has it. Error: this user cannot
  /// write there, as a sentence.
  [[nodiscard]] tl::expected<std::optional<Descriptor>, std::string> take_right() const;

  /// Whether the process that has the right has begun, or gone on, within the last ten seconds.
  [[nodiscard]] bool maker_gets_on(TimePoint now) const;

  /// What the lists said when the newest index was made of them.
  [[nodiscard]] StoredTexts last_texts() const;

  /// An empty lists.index.tmp. For the process that has the right; throws std::system_error.
  [[nodiscard]] Descriptor start_new() const;
  /// What start_new() gave takes the place of lists.index, as verified. Likewise.
  void complete_new(const Descriptor& file) const;

  /// Why no index could be made of the lists as they are now, in words; empty where that is not
  /// known, or not known for a minute.
  [[nodiscard]] std::string failure(const std::string& list_path, TimePoint now) const;
  /// `image` has the dependencies, and as its only fault the reason. Empty: there is no failure.
  void remember_failure(const std::string& image) const;

  /// Whether we are root, and the folder another user's: who could not replace what we write.
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
