#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "lists/dependencies.hpp"
#include "lists/held_files.hpp"
#include "lists/index_file.hpp"

namespace badclients::lists {

/// All rules as they are at the moment, for one login: from state_path/lists.index, where no list
/// has changed since that was made.
///
/// If a list has changed, the first login that sees it has a new index made, and waits for it;
/// those that come meanwhile go on with the old one, or, where there is none, wait too. A login
/// that begins after that has the change. A list that cannot be read says what it said when it last
/// could be.
///
/// Where no index can be made of the lists (they are too long), the old one stays in force. Where
/// none can be written, every login reads the lists itself. trouble() says so each time, and where
/// the process that makes an index is held up.
///
/// lists.index is read from its first to its last byte once after each start of the system, and
/// where it is not the one that was put in place; a damaged one is made anew.
///
/// root reads what there is in a folder of another user's, but writes nothing there: that user
/// could not replace it.
class LoginRules {
 public:
  using Clock = std::chrono::steady_clock;

  struct Request {
    std::string list_path, state_path;
    Clock::time_point deadline;  ///< nobody is waited for any longer
    bool trust_verified = true;  ///< false: an index was damaged after it was verified
    WallClock clock = std::chrono::system_clock::now;
    /// Hears the rules of lists.index before a list is looked at: should the file system of the
    /// lists hang, they are all that is known.
    std::function<void(const Index&)> hear_last = [](const Index&) {};
  };
  /// Without a change it takes a stat() a list. Error: there are no rules, and why.
  static tl::expected<LoginRules, std::string> open(const Request& request);

  /// Whether open() would give the same rules now: lists.index is the file that was mapped, and no
  /// list has changed since it was made. The first time a stat() a list, then less: the lists are
  /// held open (HeldFiles). False where that is in doubt, or the index is damaged.
  [[nodiscard]] bool hold(const Request& request) const;

  [[nodiscard]] const Index& index() const { return index_; }
  /// Lines and files that have no effect: how many, and the first of them, in words.
  [[nodiscard]] std::uint64_t fault_count() const { return index_.fault_count(); }
  [[nodiscard]] std::vector<std::string> faults() const { return index_.faults(); }
  /// How many lists and client files could not be read; the faults say which.
  [[nodiscard]] std::uint64_t unread() const { return index_.unread(); }
  /// Why lists.index does not serve as it should; empty for nothing.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Whether these are older rules, because of trouble().
  [[nodiscard]] bool are_old() const { return old_; }
  /// Whether the rules are lists.index's: not those of a login that read the lists itself.
  [[nodiscard]] bool from_file() const { return mapping_.has_value(); }

 private:
  friend class RulesOpener;
  explicit LoginRules(const Index& index) : index_(index) {}

  std::string path_;                         // of lists.index, where that is mapped
  std::optional<Stamp> stamp_;               // its stamp
  std::optional<Mapping> mapping_;           // one of both
  std::unique_ptr<const std::string> read_;  // holds the bytes
  Index index_;
  mutable std::optional<HeldFiles> held_;  // by hold()
  std::string trouble_;
  bool old_ = false;
};

}  // namespace badclients::lists
