#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/setup/record.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::setup {

/// A file or folder that setup wants to be there.
struct Wanted {
  std::string path;
  std::string text{};  ///< of a file
  mode_t mode = 0644;
  uid_t user = 0;
  gid_t group = 0;
};

/// What was found, and so what became of it.
enum class Found {
  missing,  ///< made now
  as_made,  ///< of an earlier run, and with the text that is wanted
  older,    ///< of an earlier run, and nobody has changed it: it has the new text now
  changed,  ///< of an earlier run, but somebody has changed it: stays
  foreign,  ///< somebody else's: stays
};

/// Makes files and folders, each with its entry in the record first. What is there already stays.
/// Names of files are links until they are whole: nobody sees a part of one.
class Files {
 public:
  /// `pretend`: find out only, and change nothing.
  Files(Record& record, bool pretend) : record_(record), pretend_(pretend) {}

  /// Error: path and reason.
  tl::expected<Found, std::string> file(const Wanted& wanted);
  /// `kind`: folder, or state.
  tl::expected<Found, std::string> folder(const Wanted& wanted,
                                          Entry::Kind kind = Entry::Kind::folder);

  /// Undoes what this object has made and renewed of `which`, the last first. Returns what could
  /// not be undone: path and reason.
  std::vector<std::string> take_back(const std::function<bool(const std::string& path)>& which);
  /// Whether this object has made or renewed it.
  [[nodiscard]] bool changed(const std::string& path) const;
  /// Whether there would be anything to take back.
  [[nodiscard]] bool changed() const { return !made_.empty(); }

 private:
  /// What was at `path` before: nothing, or a file that has been given another text.
  struct Made {
    std::string path;
    Entry::Kind kind = Entry::Kind::file;
    std::optional<Wanted> before{};
  };
  static std::optional<std::string> take_back(const Made& made);

  Record& record_;
  bool pretend_;
  std::vector<Made> made_;
};

/// The text of a regular file; nothing where there is none. Error: path and reason. A link that
/// leads nowhere is one: it is somebody's.
tl::expected<std::optional<std::string>, std::string> read_file(const std::string& path);

/// The name that a file has while it is written, in the same folder.
std::string unfinished(const std::string& path);

/// Writes the file. Error: path and reason.
tl::expected<void, std::string> write_file(const Wanted& wanted, base::Put how);

}  // namespace badclients::admin::setup
