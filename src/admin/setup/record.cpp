#include "admin/setup/record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/file.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::setup {

namespace {

constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::string_view between = "  ";

tl::unexpected<std::string> fault(const std::string& path) {
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

std::string fingerprint(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("libcrypto has no SHA-256");
  }
  return fmt::format("{:02x}", fmt::join(hash.data(), hash.data() + size, ""));
}

std::vector<Entry> read_entries(std::string_view text) {
  using enum Entry::Kind;
  std::vector<Entry> entries;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto take = [&] {
      const auto word = line.substr(0, line.find(between));
      line.remove_prefix(std::min(line.size(), word.size() + between.size()));
      return std::string(word);
    };
    Entry entry;
    const auto first = take();
    if (first == "folder" || first == "state") {
      entry.kind = first == "state" ? state : folder;
    } else {
      entry.kind = first == "loaded" ? loaded : file;
      entry.hash = first == "loaded" ? take() : first;
    }
    entry.path = line;
    if (entry.path.starts_with('/')) entries.push_back(std::move(entry));
  }
  return entries;
}

std::string line_of(const Entry& entry) {
  switch (entry.kind) {
    case Entry::Kind::folder:
      return fmt::format("folder{}{}\n", between, entry.path);
    case Entry::Kind::state:
      return fmt::format("state{}{}\n", between, entry.path);
    case Entry::Kind::loaded:
      return fmt::format("loaded{}{}{}{}\n", between, entry.hash, between, entry.path);
    case Entry::Kind::file:
      break;
  }
  return fmt::format("{}{}{}\n", entry.hash, between, entry.path);
}

std::string Record::path() const {
  return fmt::format("{}/{}", folder_, file_name);
}

tl::expected<Record, std::string> Record::read(std::string folder) {
  Record record;
  record.folder_ = std::move(folder);
  const auto file = base::open_to_read(record.path(), O_NOFOLLOW);
  if (!file.is_open()) {
    if (errno != ENOENT) return fault(record.path());
    return record;
  }
  // Nobody but root decides what --undo removes.
  if (!base::is_own(file.number())) {
    return tl::unexpected(
        fmt::format("{}: others than root may write to it, so it is not believed", record.path()));
  }
  const auto text = base::read_regular(file, most_bytes);
  if (!text) return tl::unexpected(fmt::format("{}: {}", record.path(), text.error()));
  record.exists_ = true;
  record.entries_ = read_entries(*text);
  return record;
}

tl::expected<void, std::string> Record::open() {
  if (file_.is_open()) return {};
  if (mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) return fault(folder_);
  const auto folder = base::open_to_read(folder_, O_DIRECTORY | O_NOFOLLOW);
  if (!folder.is_open()) return fault(folder_);
  if (!base::is_own(folder.number())) {
    return tl::unexpected(
        fmt::format("{}: others than root may write to it, so it is not used", folder_));
  }
  // Dovecot's user finds its secret here, whatever the umask is.
  if (fchmod(folder.number(), 0755) != 0) return fault(folder_);
  file_ = base::Descriptor{openat(folder.number(), std::string(file_name).c_str(),
                                  O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!file_.is_open()) return fault(path());
  if (!base::lock(file_.number(), LOCK_EX | LOCK_NB)) {
    if (errno != EWOULDBLOCK) return fault(path());
    return tl::unexpected(std::string("another setup is at work"));
  }
  exists_ = true;
  // Another setup can have been at work since it was read; one that was killed can have left half a
  // line, and with it half a path.
  auto text = base::read_regular(file_, most_bytes);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path(), text.error()));
  text->erase(text->rfind('\n') + 1);
  if (ftruncate(file_.number(), static_cast<off_t>(text->size())) != 0) return fault(path());
  // A crash must not take the record's name and leave what it names.
  const auto above = base::open_to_read(folder_ + "/..", O_DIRECTORY);
  if (fsync(folder.number()) != 0 || !above.is_open() || fsync(above.number()) != 0) {
    return fault(folder_);
  }
  entries_ = read_entries(*text);
  return {};
}

bool Record::has(Entry::Kind kind, const std::string& path) const {
  return std::ranges::any_of(
      entries_, [&](const Entry& entry) { return entry.kind == kind && entry.path == path; });
}

bool Record::is_as_made(const std::string& path, std::string_view text) const {
  return std::ranges::find(entries_, Entry{Entry::Kind::file, path, fingerprint(text)}) !=
         entries_.end();
}

bool Record::is_loaded(const std::string& path, std::string_view text) const {
  std::string last;
  for (const auto& entry : entries_) {
    if (entry.kind == Entry::Kind::loaded && entry.path == path) last = entry.hash;
  }
  return last == fingerprint(text);
}

tl::expected<void, std::string> Record::add(Entry entry) {
  if (std::ranges::find(entries_, entry) != entries_.end() && entry.kind != Entry::Kind::loaded) {
    return {};
  }
  if (entry.path.find('\n') != std::string::npos) {
    return tl::unexpected(fmt::format("{}: no path that can be recorded", entry.path));
  }
  if (!base::write_all(file_.number(), line_of(entry)) || fsync(file_.number()) != 0) {
    return fault(path());
  }
  entries_.push_back(std::move(entry));
  return {};
}

tl::expected<void, std::string> Record::remove() {
  if (unlink(path().c_str()) != 0 && errno != ENOENT) return fault(path());
  if (rmdir(folder_.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
    return fault(folder_);
  }
  exists_ = false;
  return {};
}

}  // namespace badclients::admin::setup
