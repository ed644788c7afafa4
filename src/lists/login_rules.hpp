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

/// All current rules, for one login. They are those of state_path/lists.index if no list has
/// changed since that was made.
///
/// If a list has changed, the first login that sees it has a new index made, and waits for it.
/// Logins that come meanwhile go on with the old one; if there is none, they wait, too. A login
/// that begins after that has the change. A list that cannot be read says what it said when it
/// could last be read.
///
/// If no index can be made of the lists (they are too long), the old one stays in force. If none
/// can be written, every login reads the lists itself. trouble() says so each time, and also if the
/// process that makes an index is held up.
///
/// lists.index is verified, from its first to its last byte, once after each start of the system,
/// and if it is not the file that was put in place. A damaged one is made anew.
///
/// In another user's folder root reads, but writes nothing: that user could not replace it.
class LoginRules {
 public:
  using Clock = std::chrono::steady_clock;

  struct Request {
    std::string list_path, state_path;
    Clock::time_point deadline;  ///< until when it waits for other processes
    bool trust_verified = true;  ///< false: an index was damaged after it was verified
    WallClock clock = std::chrono::system_clock::now;
    /// Is called with the rules of lists.index before any list is checked: if the lists' file
    /// system hangs, no other rules are known.
    std::function<void(const Index&)> hear_last = [](const Index&) {};
  };
  /// Without a change it takes one stat() for each list. Error: why there are no rules.
  static tl::expected<LoginRules, std::string> open(const Request& request);

  /// Whether open() would give the same rules now: lists.index is the file that was mapped, and no
  /// list has changed since it was made. The first time it takes one stat() for each list, then
  /// less: the lists are held open (HeldFiles). False if in doubt, or if the index is damaged.
  [[nodiscard]] bool hold(const Request& request) const;

  [[nodiscard]] const Index& index() const { return index_; }
  /// How many lines and files have no effect, and the first few of them, in words.
  [[nodiscard]] std::uint64_t fault_count() const { return index_.fault_count(); }
  [[nodiscard]] std::vector<std::string> faults() const { return index_.faults(); }
  /// How many lists and client files could not be read; the faults say which.
  [[nodiscard]] std::uint64_t unread() const { return index_.unread(); }
  /// Why lists.index does not serve as it should; empty: it does.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Whether these are old rules, for the reason that trouble() gives.
  [[nodiscard]] bool are_old() const { return old_; }
  /// Whether the rules are lists.index's: not those of a login that read the lists itself.
  [[nodiscard]] bool from_file() const { return mapping_.has_value(); }

 private:
  friend class RulesOpener;
  explicit LoginRules(const Index& index) : index_(index) {}

  std::string path_;                         // of lists.index, if that is mapped
  std::optional<Stamp> stamp_;               // its stamp
  std::optional<Mapping> mapping_;           // one of both
  std::unique_ptr<const std::string> read_;  // holds the bytes
  Index index_;
  mutable std::optional<HeldFiles> held_;  // made by hold()
  std::string trouble_;
  bool old_ = false;
};

}  // namespace badclients::lists
