#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"

namespace badclients::admin::update {

/// An open folder, and whole files in it. Names have no slash, and links in their place are not
/// followed.
class Folder {
 public:
  /// Who may write to the folder above.
  enum class Parent {
    own,      ///< nobody whom the caller does not trust
    foreign,  ///< somebody else: links, and folders that others may write to, are not accepted
  };

  /// Opens `path`; nothing where there is none. Error: path and reason. All that is done to the
  /// folder afterwards is done to what was opened and looked at, whatever becomes of the path.
  static tl::expected<std::optional<Folder>, std::string> find(const std::string& path,
                                                               Parent parent);
  /// The same, but makes the folder (mode 0755) where it is missing; not those above.
  static tl::expected<Folder, std::string> make(const std::string& path, Parent parent);

  /// False where another process holds the lock. It lasts as long as this object. It is on a file
  /// `lock` in the folder that only the caller can open, so nobody else can hold it. Error: path
  /// and reason.
  [[nodiscard]] tl::expected<bool, std::string> lock();

  /// Nothing where there is no such file. Error: path and reason; anything but a regular file of at
  /// most 64 MiB is one.
  [[nodiscard]] tl::expected<std::optional<std::string>, std::string> read(
      const std::string& name) const;

  /// Replaces file `name` by one with `text` (mode 0644): a reader sees the old or the new file
  /// whole, also after a crash. Writes it as `.NAME.new` first. Error: path and reason; the old
  /// file stays as it is.
  [[nodiscard]] tl::expected<void, std::string> replace(const std::string& name,
                                                        std::string_view text) const;

 private:
  Folder(std::string path, base::Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  [[nodiscard]] std::string fault(const std::string& name) const;
  /// Whether nobody but the caller may write to it.
  [[nodiscard]] bool is_own() const;

  std::string path_;
  base::Descriptor descriptor_, lock_;
};

}  // namespace badclients::admin::update
