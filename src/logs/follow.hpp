#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "logs/login.hpp"
#include "logs/places.hpp"

namespace badclients::logs {

/// How far a file of a log was read. The file is known again by its first line and the last that
/// was read, whatever it is called now, and packed or not: a log is renamed, copied and packed, and
/// its inode's number is another file's in the end.
struct Mark {
  std::uint64_t first = 0, last = 0;  ///< hashes of these lines
  std::uint64_t last_size = 0;        ///< of the last, with its end
  std::uint64_t offset = 0;           ///< behind it, unpacked
  bool has_logins = false;
  // As it was then; where all of it is as before, nothing was added.
  std::string path;
  std::uint64_t inode = 0, size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t seen = 0;  ///< when it was there last, in seconds since 1970

  friend bool operator==(const Mark&, const Mark&) = default;
};

/// What a reader of a log that grows remembers from one time to the next.
struct Bookmarks {
  std::vector<Mark> marks;
  std::string cursor;  ///< of the journal; empty: it was not read yet
};

struct Followed {
  std::vector<std::string> sources;   ///< of the place that is the log; empty: none is
  std::vector<std::string> troubles;  ///< what could not be read, or not to its end
};

/// Calls `use` with every login that was not passed before, in the first place that has an audit
/// line, or had one; and moves the bookmarks behind them. A line that has no end yet is left for
/// the next time. Files that are gone are remembered for a month: they may only have been out of
/// sight while they were renamed or packed. Standard input is not followed.
Followed follow(const std::vector<Place>& places, Bookmarks& bookmarks, facts::Time now,
                const std::function<void(const Login&)>& use);

}  // namespace badclients::logs
