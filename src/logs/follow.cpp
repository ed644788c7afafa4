#include "logs/follow.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "logs/journal.hpp"
#include "logs/lines.hpp"

namespace badclients::logs {

namespace {

constexpr std::int64_t remembered_for = std::chrono::seconds(std::chrono::hours(24 * 31)).count();

/// A cursor goes to a shell.
bool is_cursor(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_letter_or_digit(c) || c == '=' || c == ';';
  });
}

constexpr std::string_view cursor_mark = "-- cursor: ";

class Follower {
 public:
  Follower(Bookmarks& bookmarks, facts::Time now, const std::function<void(const Login&)>& use)
      : bookmarks_(bookmarks), now_(now), use_(use), reader_(Times{now}) {}

  /// Whether there is or was an audit line.
  bool read(const Place& place) {
    bool any = false;
    // Those that are where they were come first, so that a copy is not taken for one of them.
    for (const bool moved : {false, true}) {
      for (const auto& source : place) {
        const bool file = source.kind == Source::Kind::file;
        if (file && has_moved(source.path) == moved) any = read_file(source.path) || any;
        if (source.kind == Source::Kind::journal && !moved) any = read_journal() || any;
      }
    }
    return any;
  }

  std::vector<std::string> take_troubles() { return std::exchange(troubles_, {}); }

  void forget_the_old() {
    std::erase_if(bookmarks_.marks,
                  [&](const Mark& mark) { return mark.seen < seconds() - remembered_for; });
  }

 private:
  [[nodiscard]] bool has_moved(const std::string& path) const {
    struct stat status {};
    const bool there = ::stat(path.c_str(), &status) == 0;
    return std::none_of(bookmarks_.marks.begin(), bookmarks_.marks.end(), [&](const Mark& mark) {
      return there && mark.path == path && mark.inode == status.st_ino;
    });
  }

  [[nodiscard]] std::int64_t seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
  }

  bool count(std::string_view line) {
    if (!reader_.read(line, login_)) return false;
    use_(login_);
    return true;
  }

  bool read_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return false;  // renamed since: it is seen next time
    Mark now;
    now.path = path;
    now.inode = status.st_ino;
    now.size = static_cast<std::uint64_t>(status.st_size);
    now.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    now.seen = seconds();
    for (auto& mark : bookmarks_.marks) {
      if (mark.path != path || mark.inode != now.inode || mark.size != now.size ||
          mark.modified_ns != now.modified_ns) {
        continue;
      }
      mark.seen = now.seen;
      claimed_.insert(key_of(mark));
      return mark.has_logins;
    }
    auto lines = Lines::of(path);
    if (!lines) {
      troubles_.push_back(lines.error());
      return false;
    }
    return read_grown(std::move(*lines), std::move(now));
  }

  bool read_grown(Lines lines, Mark now) {
    const auto first = lines.next();
    if (!first || lines.ended() == 0) return false;  // nothing, or its first line has no end yet
    now.first = base::hash(*first);
    for (auto& mark : bookmarks_.marks) {
      if (mark.first != now.first) continue;
      auto found = find(now.path, lines.packed(), mark);
      if (found.is == Found::another_file) continue;
      // A copy of what was read already, or one that is not whole yet: it is left alone.
      if (found.is == Found::unclear || claimed_.contains(key_of(mark))) return mark.has_logins;
      const auto begin = lines.packed() ? 0 : mark.offset - mark.last_size;
      now.offset = mark.offset;
      now.last = mark.last;
      now.last_size = mark.last_size;
      now.has_logins = mark.has_logins;
      read_rest(*found.behind, begin, now);
      mark = now;
      claimed_.insert(key_of(mark));
      return mark.has_logins;
    }
    now.has_logins = count(*first);
    now.last = now.first;
    now.offset = now.last_size = lines.ended();
    read_rest(lines, 0, now);
    claimed_.insert(key_of(now));
    bookmarks_.marks.push_back(now);
    return now.has_logins;
  }

  /// Whether a file that begins as the marked one is that one.
  struct Found {
    enum Is { the_file, another_file, unclear } is;
    std::optional<Lines> behind{};  ///< the lines behind the mark
  };
  Found find(const std::string& path, bool packed, const Mark& mark) {
    auto file = base::open_to_read(path);
    const auto last_begins = mark.offset - mark.last_size;
    if (!file.is_open()) return {Found::unclear};
    if (!packed && ::lseek(file.number(), static_cast<off_t>(last_begins), SEEK_SET) < 0) {
      return {Found::unclear};
    }
    auto lines = Lines::from(std::move(file));
    if (!lines) return {Found::unclear};
    const auto end = packed ? mark.offset : mark.last_size;
    while (const auto line = lines->next()) {
      if (lines->ended() < end) continue;
      const bool same = lines->ended() == end && base::hash(*line) == mark.last;
      return same ? Found{Found::the_file, std::move(*lines)} : Found{Found::another_file};
    }
    if (!lines->trouble().empty()) {
      troubles_.push_back(fmt::format("{}: {}", path, lines->trouble()));
    }
    return {Found::unclear};
  }

  void read_rest(Lines& lines, std::uint64_t begin, Mark& mark) {
    auto ended = lines.ended();
    while (const auto line = lines.next()) {
      if (lines.ended() == ended) break;  // it has no end yet
      mark.last_size = lines.ended() - ended;
      ended = lines.ended();
      mark.has_logins = count(*line) || mark.has_logins;
      mark.last = base::hash(*line);
      mark.offset = begin + ended;
    }
    if (!lines.trouble().empty()) {
      troubles_.push_back(fmt::format("{}: {}", mark.path, lines.trouble()));
      mark.size = 0;  // it is looked at again
    }
  }

  bool read_journal() {
    std::string options = " --show-cursor";
    const bool known = !bookmarks_.cursor.empty();
    if (known && !is_cursor(bookmarks_.cursor)) {
      troubles_.emplace_back("the journal: the cursor that is remembered is none");
      return true;
    }
    if (known) options += " '--after-cursor=" + bookmarks_.cursor + "'";
    const Journal journal{options};
    auto lines = Lines::from(journal.lines());
    if (!lines) return known;
    bool any = false;
    std::string cursor;
    while (const auto line = lines->next()) {
      if (line->starts_with(cursor_mark)) {
        cursor = line->substr(cursor_mark.size());
      } else {
        any = count(*line) || any;
      }
    }
    if (is_cursor(cursor) && (any || known)) bookmarks_.cursor = cursor;
    return any || known;
  }

  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;
  static Key key_of(const Mark& mark) { return {mark.first, mark.last, mark.offset}; }

  Bookmarks& bookmarks_;
  facts::Time now_;
  const std::function<void(const Login&)>& use_;
  Reader reader_;
  Login login_;
  std::set<Key> claimed_;  ///< marks whose file was found
  std::vector<std::string> troubles_;
};

}  // namespace

Followed follow(const std::vector<Place>& places, Bookmarks& bookmarks, facts::Time now,
                const std::function<void(const Login&)>& use) {
  Follower follower{bookmarks, now, use};
  Followed result;
  for (const auto& place : places) {
    const bool any = follower.read(place);
    const auto troubles = follower.take_troubles();
    result.troubles.insert(result.troubles.end(), troubles.begin(), troubles.end());
    if (!any) continue;
    for (const auto& source : place) result.sources.push_back(source.name());
    break;
  }
  follower.forget_the_old();
  return result;
}

}  // namespace badclients::logs
