#include "admin/notify/mail_merge.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::notify {

namespace {

bool fill(const std::string& path, const std::vector<File>& files) {
  const base::Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder.is_open()) return false;
  for (const auto& file : files) {
    if (!base::put_file(folder.number(), {file.name, file.text, 0600}, base::Put::missing)) {
      return false;
    }
  }
  return ::fsync(folder.number()) == 0;
}

/// rename(2) takes an empty folder's place; what has files in it stays.
bool rename_folder(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return false;
  const auto parent = std::filesystem::path(to).parent_path();
  const base::Descriptor folder{
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return folder.is_open() && ::fsync(folder.number()) == 0;
}

}  // namespace

tl::expected<void, std::string> make_folder(const std::string& path,
                                            const std::vector<File>& files) {
  auto name = path;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  auto made = name + ".XXXXXX";
  if (::mkdtemp(made.data()) == nullptr) {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (fill(made, files) && rename_folder(made, name)) return {};
  const int error = errno;
  std::error_code ignored;
  std::filesystem::remove_all(made, ignored);
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(error)));
}

}  // namespace badclients::admin::notify
