// Enabling and disabling clients: what client_files.hpp promises about the file system.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/client_files.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;

namespace {

using Done = tl::expected<void, std::string>;

/// What lies at a path.
struct There {
  bool exists = false;
  std::string target;  ///< of a link; empty where it is none
  bool broken = false;
};

There look_at(const std::string& path) {
  There there;
  std::error_code error;
  there.exists = fs::exists(fs::symlink_status(path, error));
  const auto target = fs::read_symlink(path, error);
  if (error) return there;
  there.target = target.string();
  there.broken = !fs::exists(path, error);
  return there;
}

tl::unexpected<std::string> failed(const std::string& path, int error) {
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(error)));
}

/// An ID is the name of a file, and never leads out of its folder.
Done check_id(const std::string& id) {
  if (!id.empty() && id.front() != '.' && id.find('/') == std::string::npos) return {};
  return tl::unexpected(fmt::format("'{}' is no ID of a client", id));
}

/// Modes are set whatever the umask is: Dovecot's user has to read all of it.
Done make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0) return errno == EEXIST ? Done{} : failed(path, errno);
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const bool good = folder >= 0 && fchmod(folder, 0755) == 0;
  const int error = errno;
  if (folder >= 0) close(folder);
  if (!good) return failed(path, error);
  return {};
}

Done write_monitor_file(const std::string& path, const std::string& id) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return failed(path, errno);
  const auto text = fmt::format(
      "While this file is here, {0}.client is in monitor mode: it refuses nobody.\n"
      "'badclientsctl clients enable {0}' takes it away.\n",
      id);
  const bool good = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    fchmod(file, 0644) == 0;
  const int error = errno;
  close(file);
  if (!good) return failed(path, error);
  return {};
}

/// True where there was one.
tl::expected<bool, std::string> remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return failed(path, errno);
}

Done make_link(const std::string& target, const std::string& path) {
  const fs::path wanted(path);
  // Hidden, so that a login in between passes it over.
  const auto fresh =
      (wanted.parent_path() / fmt::format(".{}.{}", wanted.filename().string(), getpid())).string();
  if (const auto removed = remove_file(fresh); !removed) return tl::unexpected(removed.error());
  if (symlink(target.c_str(), fresh.c_str()) != 0) return failed(fresh, errno);
  if (rename(fresh.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  unlink(fresh.c_str());
  return failed(path, error);
}

}  // namespace

tl::expected<std::string, std::string> enable(const ClientFolders& folders, const std::string& id,
                                              bool monitor) {
  if (auto good = check_id(id); !good) return tl::unexpected(good.error());
  const auto file = folders.enabled_file(id);
  const auto target = folders.catalogue_file(id);
  const auto there = look_at(file);
  const bool link = !there.exists || there.broken;
  if (link) {
    std::error_code error;
    if (!fs::is_regular_file(target, error)) {
      return tl::unexpected(fmt::format("there is no {}", target));
    }
    if (const auto made = make_folder(folders.enabled()); !made) {
      return tl::unexpected(made.error());
    }
  }
  // Whatever happens in between, nobody is refused who is to be watched only.
  const auto marker = folders.monitor_file(id);
  if (monitor) {
    if (auto done = write_monitor_file(marker, id); !done) return tl::unexpected(done.error());
  }
  if (link) {
    if (auto done = make_link(target, file); !done) return tl::unexpected(done.error());
  }
  bool was_monitored = false;
  if (!monitor) {
    const auto removed = remove_file(marker);
    if (!removed) return tl::unexpected(removed.error());
    was_monitored = *removed;
  }
  const char* const mode = monitor ? " in monitor mode" : "";
  if (link) return fmt::format("enabled{}: {} -> {}", mode, file, target);
  if (monitor) return fmt::format("in monitor mode: {}", marker);
  if (was_monitored) return fmt::format("no longer in monitor mode: {} is gone", marker);
  return fmt::format("enabled already: {}", file);
}

tl::expected<std::string, std::string> disable(const ClientFolders& folders,
                                               const std::string& id) {
  if (auto good = check_id(id); !good) return tl::unexpected(good.error());
  const auto file = folders.enabled_file(id);
  const auto there = look_at(file);
  if (there.exists && there.target.empty()) {
    return tl::unexpected(fmt::format(
        "{} is no link but a file of your own, and stays (to disable it: mv {} {}.disabled)", file,
        file, file));
  }
  // First the link: without its ID.monitor it would refuse.
  const auto removed = remove_file(file);
  if (!removed) return tl::unexpected(removed.error());
  if (const auto marker = remove_file(folders.monitor_file(id)); !marker) {
    return tl::unexpected(marker.error());
  }
  if (!*removed) return std::string(not_enabled);
  return fmt::format("disabled: removed {}, a link to {}", file, there.target);
}

}  // namespace badclients::admin
