#include "admin/registry/source.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <set>

#include "admin/registry/checksum.hpp"
#include "base/file.hpp"
#include "base/whole_file.hpp"
#include "registry/compile/sorter.hpp"

namespace badclients::admin::registry_command {

namespace {

using registry::Publication;

constexpr std::string_view checksum_suffix = ".md5";
constexpr std::size_t longest_checksum = 4096;

/// Error: a half-sentence.
tl::expected<void, std::string> compare(int descriptor, std::string_view checksum_file) {
  const auto wanted = sum_in(checksum_file);
  if (!wanted) return tl::unexpected(std::string("its .md5 file has no MD5 sum"));
  const auto sum = md5_of(descriptor);
  if (!sum) return tl::unexpected(sum.error());
  if (*sum == *wanted) return {};
  return tl::unexpected(fmt::format("its MD5 sum is {}, its .md5 file says {}", *sum, *wanted));
}

}  // namespace

tl::expected<void, std::string> Servers::check(const Publication& publication,
                                               int descriptor) const {
  auto transport = settings_.transport;
  transport.most_bytes = longest_checksum;
  transport.progress = {};
  const auto url = fmt::format("{}{}", publication.url, checksum_suffix);
  const auto response = update::fetch({url, {}}, transport);
  if (!response) return tl::unexpected(fmt::format("{}: {}", url, response.error()));
  return compare(descriptor, response->body);
}

tl::expected<std::optional<File>, std::string> Servers::fetch(
    const Publication& publication, const update::Validators& validators) const {
  registry::ScratchFile file{settings_.state_path};
  auto transport = settings_.transport;
  transport.most_bytes = publication.most_bytes;
  transport.as_it_is = publication.name.ends_with(".gz");
  std::exception_ptr trouble;  // which must not pass through libcurl
  transport.take = [&](std::string_view piece) {
    try {
      file.append(piece);
      return true;
    } catch (...) {
      trouble = std::current_exception();
      return false;
    }
  };
  const auto response = update::fetch({std::string(publication.url), validators}, transport);
  if (trouble) std::rethrow_exception(trouble);
  if (!response) return tl::unexpected(response.error());
  if (response->not_modified) return std::nullopt;
  if (publication.checksum) {
    const auto right = check(publication, file.descriptor());
    if (!right) return tl::unexpected(right.error());
  }
  const auto made = response->modified.value_or(std::chrono::system_clock::now());
  const auto size = file.size();
  return File{std::move(file).release(), size, made, response->validators};
}

tl::expected<std::optional<File>, std::string> Servers::get(const Publication& publication,
                                                            const registry::FileState* before) {
  update::Validators validators;
  // What organisations said is not kept.
  if (before != nullptr && !settings_.anew && publication.form != registry::Form::organisations) {
    validators = {before->etag, before->last_modified};
  }
  return fetch(publication, validators).map_error([&](const std::string& why) {
    return fmt::format("{}: {}", publication.url, why);
  });
}

tl::expected<FilesIn, std::string> FilesIn::open(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), ::closedir};
  if (!folder) return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  std::set<std::string, std::less<>> names;
  while (const auto* entry = ::readdir(folder.get())) names.emplace(entry->d_name);
  FilesIn files{path};
  for (const auto& publication : registry::publications()) {
    if (names.erase(std::string(publication.name)) > 0) files.publications_.push_back(&publication);
    if (publication.checksum) names.erase(fmt::format("{}{}", publication.name, checksum_suffix));
  }
  std::ranges::copy_if(names, std::back_inserter(files.others_),
                       [](const auto& name) { return !name.starts_with('.'); });
  return files;
}

tl::expected<std::optional<File>, std::string> FilesIn::get(const Publication& publication,
                                                            const registry::FileState*) {
  const auto path = fmt::format("{}/{}", folder_, publication.name);
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(fmt::format("{}: {}", path, why));
  };
  auto opened = base::open_to_read(path);
  struct stat status {};
  if (!opened.is_open() || ::fstat(opened.number(), &status) != 0) {
    return wrong(std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return wrong("is no regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > publication.most_bytes) return wrong("it is larger than such a file ever is");
  const auto checksum = base::open_to_read(fmt::format("{}{}", path, checksum_suffix));
  if (publication.checksum && checksum.is_open()) {
    const auto text = base::read_regular(checksum, longest_checksum);
    const auto right = compare(opened.number(), text.value_or(""));
    if (!right) return wrong(right.error());
  }
  const auto made = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
  return File{std::move(opened), size, made, {}};
}

}  // namespace badclients::admin::registry_command
