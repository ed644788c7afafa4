#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/file.hpp"
#include "config/config.hpp"
#include "config/effective.hpp"

namespace badclients::config {

namespace {

/// Far more than any configuration needs; a larger file is another file by mistake.
constexpr std::size_t most_bytes = 1024 * 1024;

tl::expected<std::string, std::string> read_file(const std::string& path) {
  const auto reason = [](int error) { return std::string(std::strerror(error)); };
  const auto file = base::open_to_read(path);
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
    return tl::unexpected(reason(errno));
  }
  if (S_ISDIR(status.st_mode)) return tl::unexpected(std::string("is a directory"));
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
    return tl::unexpected(std::string("is not a regular file"));
  }
  return base::read_to_end(file.number(), most_bytes).map_error([&](int error) {
    return error == EFBIG ? "larger than 1 MiB" : reason(error);
  });
}

}  // namespace

tl::expected<Loaded, Problem> load(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(Problem{Problem::Severity::error, path, 0, text.error()});
  return parse(*text, path);
}

tl::expected<std::vector<Effective>, Problem> load_effective(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(Problem{Problem::Severity::error, path, 0, text.error()});
  return effective(*text, path);
}

}  // namespace badclients::config
