#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "registry/compile/before.hpp"
#include "registry/compile/input.hpp"
#include "registry/compile/rpsl.hpp"
#include "registry/compile/writer.hpp"
#include "registry/publication.hpp"
#include "registry/store.hpp"

/// How registry.db is made.
namespace badclients::registry {

/// A publisher's file that is at hand.
struct Given {
  const Publication& publication;
  int descriptor;    ///< read from where it stands
  facts::Time made;  ///< where the file itself does not say: by its server, or its own change
  std::string etag, last_modified;
  Input::Progress progress{};
};

/// One registry.db in the making: takes file after file, then writes. Memory is bounded whatever
/// the files hold, by some 400 MB; what is more goes to files without names in state_path.
class Compilation {
 public:
  struct Settings {
    std::string state_path;
    facts::Time now;
    bool force = false;  ///< accept what is smaller or older than it was, or than it must be
    std::size_t memory = std::size_t{64} * 1024 * 1024;  ///< for sorting
  };

  /// `before`: the registry.db that is there; null: none. It must outlive this.
  Compilation(Settings settings, Store* before);
  ~Compilation();

  struct Taken {
    FileState state;
    std::string warning;  ///< empty: none
  };
  /// Reads a file. Files come in the order of publications(). Error: a half-sentence why it is no
  /// good; then nothing of it counts, and what `before` has of it stays.
  /// Throws std::runtime_error, as write() does, where something else is wrong: the disk is full.
  tl::expected<Taken, std::string> take(const Given& given);

  /// What `before` has of a file is left out, rather than kept where the file is not taken.
  void leave_out(const Publication& publication);

  struct Summary {
    std::vector<FileState> files;  ///< that it was made from, those of before included
    std::uint64_t segments = 0;
  };
  /// Told now and again how many segments there are so far. May be empty.
  using Progress = std::function<void(std::uint64_t segments)>;
  /// Writes all that was taken, and kept, to the empty file `path`; it is on the disk then. Once.
  Summary write(const std::string& path, const Progress& progress = {});

 private:
  /// What was read from one file, before it is accepted.
  struct Content {
    Delegations delegations;
    AsNames as_names;
    Organisations organisations;
    std::unique_ptr<Sorter> sorted;  ///< routes or registrations
  };

  tl::expected<Reading, std::string> read(const Publication& publication, Input& input,
                                          Content& content);
  void accept(const Publication& publication, Content content);
  [[nodiscard]] std::string fault(const Publication& publication, const FileState& state) const;
  [[nodiscard]] const FileState* kept(std::string_view file) const;
  [[nodiscard]] std::string missing(const Publication& publication) const;
  void settle_delegations();
  std::unique_ptr<Stretches> routes();
  std::unique_ptr<Stretches> blocks();
  std::unique_ptr<Stretches> holdings();
  [[nodiscard]] std::vector<FileState> files() const;
  std::unique_ptr<Sorter> sorter() const;

  Settings settings_;
  Store* before_;
  std::map<std::string, FileState, std::less<>> states_before_, states_;
  std::map<Registry, Delegations> delegations_;
  std::map<Registry, DelegatedSpace> spaces_;
  bool settled_ = false;  ///< of both: what was not taken is that of before
  std::map<std::string, std::unique_ptr<Sorter>, std::less<>> sorted_;  ///< by file
  AsNames as_names_;
  std::map<Registry, Organisations> organisations_;
};

}  // namespace badclients::registry
