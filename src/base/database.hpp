#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "base/state_file.hpp"

namespace badclients::base {

/// A database in a folder, for any number of processes at once: SQLite with a WAL.
///
/// Each use is one transaction, and between two of them the connection holds no lock. Nobody who
/// reads waits for anybody, nor is waited for, however long it reads; those who write wait for each
/// other, and try again, ever more rarely, until their patience is over. Only while a process,
/// after all others have closed the file, reads the WAL that they have left do the others wait for
/// it.
///
/// Nothing is flushed to disk. After a power failure the file may be damaged.
///
/// A file that SQLite finds damaged is emptied in place, by SQLite and under its locks. So is a
/// file whose tables are not the layout's: nothing is converted. The work that found the damage
/// then runs once more. (A process that found it at the same moment may empty the file again.)
///
/// The file may be deleted at any time, alone: its WAL goes when another is made in its place. Who
/// still has it open cannot change it any more, does nothing to the other, and keeps nobody from
/// it.
class Database {
 public:
  struct Layout {
    StateFile name;
    const char* schema;  ///< CREATE statements with a semicolon between two of them
  };

  struct Error {
    bool busy = false;  ///< others were not done within the patience; else it is of no use
    std::string text;   ///< with the path
  };

  using Work = std::function<void(SQLite::Database&)>;

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Makes the file where there is none, as open_state_file does; never follows a link to another.
  /// Waits a tenth of a second at most for others that make it. Where it and its WAL can only be
  /// read, so they are; where it has no WAL then, look() is an error.
  static tl::expected<Database, Error> open(const std::string& folder, const Layout& layout);

  /// Whether open() would give the same now: the path leads to the same file, whose permissions are
  /// the same and which has not become shorter, and the last use of this connection went well. One
  /// stat(). Never for a file that can only be read: that may have changed.
  [[nodiscard]] bool is_current(const std::string& folder);

  /// What is another after each change that anybody commits.
  struct Version {
    /// The header of the WAL's index (https://sqlite.org/walformat.html, 2.1). A process that finds
    /// it broken makes it anew of what is in the WAL.
    std::array<std::uint64_t, 6> header{};
    /// When pages were moved out of the WAL last; nanoseconds since 1970.
    std::int64_t moved = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };
  /// After is_current(). All processes have the header mapped: it costs no system call, and waits
  /// for nobody. What is looked at after this is as new, at least. Nothing: it is not known,
  /// because this connection has not looked yet, somebody writes it at the moment, or there is no
  /// WAL.
  [[nodiscard]] std::optional<Version> version() const;

  /// One read transaction.
  tl::expected<void, Error> look(std::chrono::milliseconds patience, const Work& work);

  /// One write transaction.
  tl::expected<void, Error> use(std::chrono::milliseconds patience, const Work& work);

  /// Several of them, `patience` for each, which throw what SQLite throws.
  struct Steps {
    SQLite::Database& database;  ///< to read in between
    std::function<void(const Work&)> use;
  };
  tl::expected<void, Error> use_in_steps(std::chrono::milliseconds patience,
                                         const std::function<void(const Steps&)>& work);

  /// What was wrong with the file that this connection has found damaged, once; empty: nothing.
  std::string take_damage() { return std::exchange(damage_, {}); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Connection;
  /// Which file it is, and who may use it.
  struct Identity {
    std::uint64_t device, inode;
    std::uint32_t mode, user, group;
    std::int64_t bytes;     ///< it grows
    std::int64_t modified;  ///< nanoseconds since 1970
    static std::optional<Identity> of(const std::string& path);
    /// Whether it still is what it was `before`.
    [[nodiscard]] bool continues(const Identity& before) const;
  };
  Database(std::string path, Layout layout, std::optional<Identity> identity,
           std::unique_ptr<Connection> connection);
  void change(std::chrono::milliseconds patience, const Work& work);
  tl::expected<void, Error> attempt(const std::function<void()>& work);
  bool mend(const SQLite::Exception& error);
  void begin_anew(const SQLite::Exception& damage);
  void prepare_to_write();
  void lay_out();
  bool make_tables();
  void empty();
  [[nodiscard]] Error error_of(const SQLite::Exception& error) const;

  std::string path_;
  Layout layout_;
  std::optional<Identity> identity_;  ///< when last looked at; nothing: not known
  std::unique_ptr<Connection> connection_;
  std::string damage_;
  bool healthy_ = true;  ///< the last use went well
};

/// Tells SQLite that this process has one thread and looks up no more than a few rows: no locks
/// around its own data, no counting of memory, no memory set aside. To be called before the first
/// database is opened, or not at all: it is only faster.
void expect_one_thread();

}  // namespace badclients::base
