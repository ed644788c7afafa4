#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"

namespace badclients::admin::setup {

/// What setup has made, so that --undo removes that and nothing else: a file of root's, a line for
/// each thing, written before the thing is made. Lines of files are sha256sum(1)'s.
struct Entry {
  enum class Kind {
    file,    ///< "HASH  PATH"
    folder,  ///< "folder  PATH": goes when it is empty
    state,   ///< "state  PATH": a folder that goes with all that badclients keeps in it
    loaded,  ///< "loaded  HASH  PATH": Dovecot works with this text of that file, and secret
  };
  Kind kind = Kind::file;
  std::string path;
  std::string hash{};  ///< SHA-256 of a file's text, in hex
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What a record's text says. A last line that is not whole was never finished, and does not count.
std::vector<Entry> read_entries(std::string_view text);
std::string line_of(const Entry& entry);

/// SHA-256, in hex. Throws std::runtime_error where libcrypto has none.
std::string fingerprint(std::string_view text);

class Record {
 public:
  /// The name of the file in its folder.
  static constexpr std::string_view file_name = "made-by-setup";

  /// Reads the record in `folder`; no entries where there is none. Error: it cannot be read, or
  /// somebody else than root may write to it.
  static tl::expected<Record, std::string> read(std::string folder);

  /// Makes folder and file where they are missing, and keeps other setups away as long as this
  /// lives. Error: path and reason.
  tl::expected<void, std::string> open();
  [[nodiscard]] bool exists() const { return exists_; }
  [[nodiscard]] bool is_open() const { return file_.is_open(); }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// Whether there is an entry of that kind and path.
  [[nodiscard]] bool has(Entry::Kind kind, const std::string& path) const;
  /// Whether a file was made, and has been left as it was made: `text` is what it holds now.
  [[nodiscard]] bool is_as_made(const std::string& path, std::string_view text) const;
  /// The text of which Dovecot was told last.
  [[nodiscard]] bool is_loaded(const std::string& path, std::string_view text) const;

  /// Once this returns, the entry outlives a crash. open() comes first. Error: path and reason.
  tl::expected<void, std::string> add(Entry entry);
  /// Removes file and folder, where the folder is empty then. Error: path and reason.
  tl::expected<void, std::string> remove();

 private:
  [[nodiscard]] std::string path() const;
  std::string folder_;
  bool exists_ = false;
  std::vector<Entry> entries_;
  base::Descriptor file_;
};

}  // namespace badclients::admin::setup
