#include "logs/places.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "logs/files.hpp"

namespace badclients::logs {

namespace {

/// What syslog daemons and Dovecot are usually told to write, beside the journal.
constexpr std::array usual{"mail.log",       "maillog",          "mail.info",
                           "dovecot.log",    "dovecot-info.log", "badclients.log",
                           "mail-audit.log", "syslog",           "messages"};

Place place_of(const std::string& path, std::optional<facts::Time> since) {
  Place place;
  for (const auto& file : with_rotated(path, since)) {
    place.push_back({Source::Kind::file, file.path, file.modified});
  }
  return place;
}

tl::expected<Place, std::string> named_place(const std::string& path,
                                             std::optional<facts::Time> since) {
  if (path == "-") return Place{{Source::Kind::input, {}, {}}};
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    return tl::unexpected(fmt::format("{}: it is a folder, not a log", path));
  }
  return place_of(path, since);
}

}  // namespace

std::string Source::name() const {
  if (kind == Kind::journal) return "the journal";
  return kind == Kind::input ? "standard input" : path;
}

tl::expected<std::vector<Place>, std::string> places(const Hints& hints,
                                                     std::optional<facts::Time> since) {
  if (hints.named) {
    auto place = named_place(*hints.named, since);
    if (!place) return tl::unexpected(place.error());
    return std::vector<Place>{*std::move(place)};
  }
  if (hints.general_log == "none") {
    return tl::unexpected(
        std::string("general/log is none, so nothing is logged; name a log with --log"));
  }
  std::vector<Place> found;
  std::set<std::string> looked_at;  // Dovecot's log may be a usual one, or be set twice
  const auto add = [&](const std::string& path) {
    if (!path.starts_with('/') || !looked_at.insert(path).second) return;
    if (auto place = place_of(path, since); !place.empty()) found.push_back(std::move(place));
  };
  add(hints.general_log);
  if (!found.empty()) return found;
  for (const auto& path : hints.dovecots_logs) add(path);
  found.push_back({Source{Source::Kind::journal, {}, {}}});
  for (const auto* name : usual) add(hints.log_folder + '/' + name);
  return found;
}

}  // namespace badclients::logs
