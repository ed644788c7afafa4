#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/update/fetch.hpp"
#include "base/descriptor.hpp"
#include "registry/publication.hpp"
#include "registry/store.hpp"

/// Where publishers' files come from: their servers, or a folder.
namespace badclients::admin::registry_command {

/// A whole file that is at hand; its checksum, where there is one, is right.
struct File {
  base::Descriptor descriptor;  ///< at its first byte
  std::uint64_t size = 0;
  facts::Time made;  ///< last changed
  update::Validators validators;
};

class Source {
 public:
  virtual ~Source() = default;
  /// Nothing: what was taken before is the newest there is. Error: a half-sentence.
  /// Throws std::runtime_error where the file cannot be kept: the disk is full.
  virtual tl::expected<std::optional<File>, std::string> get(
      const registry::Publication& publication, const registry::FileState* before) = 0;
};

/// Publishers' servers. A file that is the same as before is not fetched again.
class Servers : public Source {
 public:
  struct Settings {
    std::string state_path;  ///< has the room
    update::Transport transport;
    bool anew = false;  ///< fetch what is the same, too
  };
  explicit Servers(Settings settings) : settings_(std::move(settings)) {}
  tl::expected<std::optional<File>, std::string> get(const registry::Publication& publication,
                                                     const registry::FileState* before) override;

 private:
  tl::expected<std::optional<File>, std::string> fetch(const registry::Publication& publication,
                                                       const update::Validators& validators) const;
  tl::expected<void, std::string> check(const registry::Publication& publication,
                                        int descriptor) const;
  Settings settings_;
};

/// The files of a folder that have their publishers' names.
class FilesIn : public Source {
 public:
  /// Error: path and reason.
  static tl::expected<FilesIn, std::string> open(const std::string& folder);

  [[nodiscard]] const std::vector<const registry::Publication*>& publications() const {
    return publications_;
  }
  /// Names that are no publisher's.
  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }
  tl::expected<std::optional<File>, std::string> get(const registry::Publication& publication,
                                                     const registry::FileState* before) override;

 private:
  explicit FilesIn(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  std::vector<const registry::Publication*> publications_;
  std::vector<std::string> others_;
};

}  // namespace badclients::admin::registry_command
