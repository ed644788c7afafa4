#include "admin/notify/told.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "audit/escape.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "base/state_file.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::notify {

namespace {

constexpr const char* file_name = "notified";
constexpr const char* lock_name = "notify.lock";
constexpr std::size_t most_bytes = 256U << 20U;

std::int64_t in_seconds(facts::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string why(const std::string& path, int error) {
  return fmt::format("{}: {}", path, std::strerror(error));
}

std::string line_of(std::int64_t seconds, const std::string& client_id,
                    const std::string& address) {
  return fmt::format("{} {} {}\n", seconds, client_id, address);
}

}  // namespace

/// An ID is a file's name, so it may hold a blank.
Told::Key Told::key(const std::string& client_id, const std::string& address) {
  return {audit::escaped(client_id, audit::Place::bare, std::string::npos), base::lowered(address)};
}

/// False where something has to be tidied: a line that is too old, or was not written to its end.
tl::expected<bool, std::string> Told::read(const std::string& state_path, facts::Time now) {
  path_ = fmt::format("{}/{}", state_path, file_name);
  const auto text = base::read_state_file(state_path, file_name, most_bytes);
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = *text ? std::string_view(**text) : std::string_view();
  bool tidy = true;
  for (int number = 1; !rest.empty(); ++number) {
    if (rest.find('\n') == std::string_view::npos) return false;
    const auto whole = base::cut(rest, '\n');
    auto line = whole;
    const auto seconds = base::number<std::int64_t>(base::cut(line, ' '));
    const std::string id{base::cut(line, ' ')};
    if (!seconds || id.empty() || line.find('@') == std::string_view::npos) {
      return tl::unexpected(fmt::format(
          "{}:{}: it is not 'SECONDS CLIENT-ID ADDRESS'; take the line out, and who it is about is "
          "told again",
          path_, number));
    }
    // A clock that was ahead keeps nobody untold for longer than that either.
    constexpr std::int64_t longest = std::chrono::seconds(told_for).count();
    if (std::abs(in_seconds(now) - *seconds) >= longest) {
      tidy = false;
    } else {
      seconds_[{id, std::string(line)}] = *seconds;
    }
  }
  return tidy;
}

tl::expected<Told, std::string> Told::look(const std::string& state_path, facts::Time now) {
  Told told;
  if (const auto read = told.read(state_path, now); !read) return tl::unexpected(read.error());
  return told;
}

tl::expected<Told, std::string> Told::open(const std::string& state_path, facts::Time now) {
  Told told;
  told.lock_ = base::open_state_file(state_path, lock_name);
  if (!told.lock_.is_open() || !base::lock(told.lock_.number(), LOCK_EX | LOCK_NB)) {
    if (errno == EWOULDBLOCK) return tl::unexpected(std::string("another notify is at work"));
    return tl::unexpected(why(fmt::format("{}/{}", state_path, lock_name), errno));
  }
  told.file_ = base::open_state_file(state_path, file_name);
  if (!told.file_.is_open()) return tl::unexpected(why(state_path + "/" + file_name, errno));
  const auto tidy = told.read(state_path, now);
  if (!tidy) return tl::unexpected(tidy.error());
  if (!*tidy) {
    if (const auto done = told.write_anew(state_path); !done) return tl::unexpected(done.error());
  }
  return told;
}

tl::expected<void, std::string> Told::write_anew(const std::string& state_path) {
  std::string text;
  for (const auto& [key, seconds] : seconds_) text += line_of(seconds, key.first, key.second);
  if (base::put_state_file(state_path, file_name, text)) {
    file_ = base::open_state_file(state_path, file_name);
    if (file_.is_open()) return {};
  }
  return tl::unexpected(why(path_, errno));
}

std::optional<facts::Time> Told::when(const std::string& client_id,
                                      const std::string& address) const {
  const auto found = seconds_.find(key(client_id, address));
  if (found == seconds_.end()) return std::nullopt;
  return facts::Time(std::chrono::seconds(found->second));
}

tl::expected<void, std::string> Told::add(const std::string& client_id, const std::string& address,
                                          facts::Time now) {
  const auto what = key(client_id, address);
  const auto line = line_of(in_seconds(now), what.first, what.second);
  const auto end = ::lseek(file_.number(), 0, SEEK_END);
  const bool written =
      end >= 0 && base::write_all(file_.number(), line) && ::fsync(file_.number()) == 0;
  if (!written) {
    const int error = errno;
    [[maybe_unused]] const bool cut = end >= 0 && ::ftruncate(file_.number(), end) == 0;
    return tl::unexpected(why(path_, error));
  }
  seconds_[what] = in_seconds(now);
  return {};
}

}  // namespace badclients::admin::notify
