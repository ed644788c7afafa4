// Enabling and disabling clients: what client_files.hpp promises about the file system.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "admin/client_files.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;

namespace {

using Done = tl::expected<LinkChange, std::string>;

/// What `change` says it did, or why the file system did not let it.
template <class Change>
Done try_to(const std::string& id, Change change) {
  // An ID is the name of a file, and never leads out of its folder.
  if (id.empty() || id.front() == '.' || id.find('/') != std::string::npos) {
    return tl::unexpected(fmt::format("'{}' is no ID of a client", id));
  }
  // Whatever root's umask is, Dovecot's user has to read what is made.
  const auto before = umask(0022);
  Done done;
  try {
    done = change();
  } catch (const fs::filesystem_error& error) {
    const auto& path = error.path2().empty() ? error.path1() : error.path2();
    done = tl::unexpected(fmt::format("{}: {}", path.string(), error.code().message()));
  }
  umask(before);
  return done;
}

void write_monitor_file(const std::string& path, const std::string& id) {
  std::ofstream file(path);
  file << fmt::format(
      "While this file is here, {0}.client is in monitor mode: it refuses nobody.\n"
      "'badclientsctl clients enable {0}' takes it away.\n",
      id);
  if (!file.flush()) {
    throw fs::filesystem_error("", path, std::error_code(errno, std::generic_category()));
  }
}

void make_link(const std::string& target, const fs::path& path) {
  // Hidden, so that a login in between passes it over.
  const auto fresh = path.parent_path() / fmt::format(".{}.{}", path.filename().string(), getpid());
  fs::remove(fresh);
  fs::create_symlink(target, fresh);
  std::error_code error;
  fs::rename(fresh, path, error);
  if (!error) return;
  fs::remove(fresh);
  throw fs::filesystem_error("", path, error);
}

}  // namespace

Done enable(const ClientFolders& folders, const std::string& id, bool monitor) {
  return try_to(id, [&]() -> Done {
    const auto file = folders.enabled_file(id);
    const auto target = folders.catalogue_file(id);
    const bool link = !fs::exists(file);
    if (link) {
      if (!fs::is_regular_file(target))
        return tl::unexpected(fmt::format("there is no {}", target));
      fs::create_directory(folders.enabled());
    }
    LinkChange done;
    // The marker comes first: a login in between must not be refused.
    const auto marker = folders.monitor_file(id);
    if (monitor) {
      if (!fs::exists(marker)) done.made.push_back(marker);
      write_monitor_file(marker, id);
    }
    if (link) {
      make_link(target, file);
      done.made.push_back(file);
      done.target = target;
    }
    const bool was_monitored = !monitor && fs::remove(marker);
    if (was_monitored) done.removed.push_back(marker);
    const char* const mode = monitor ? " in monitor mode" : "";
    if (link) {
      done.text = fmt::format("enabled{}: {} -> {}", mode, file, target);
    } else if (monitor) {
      done.text = fmt::format("in monitor mode: {}", marker);
    } else if (was_monitored) {
      done.text = fmt::format("no longer in monitor mode: {} is gone", marker);
    } else {
      done.text = fmt::format("enabled already: {}", file);
    }
    return done;
  });
}

Done disable(const ClientFolders& folders, const std::string& id) {
  return try_to(id, [&]() -> Done {
    const auto file = folders.enabled_file(id);
    const auto there = fs::symlink_status(file);
    if (fs::exists(there) && !fs::is_symlink(there)) {
      return tl::unexpected(fmt::format(
          "{} is no link but a file of your own, and stays (to disable it: mv {} {}.disabled)",
          file, file, file));
    }
    LinkChange done;
    const auto target = fs::exists(there) ? fs::read_symlink(file).string() : "";
    // First the link: without its ID.monitor it would refuse.
    if (fs::remove(file)) {
      done.removed.push_back(file);
      done.target = target;
      done.text = fmt::format("disabled: removed {}, a link to {}", file, target);
    }
    const auto marker = folders.monitor_file(id);
    if (fs::remove(marker)) done.removed.push_back(marker);
    return done;
  });
}

}  // namespace badclients::admin
