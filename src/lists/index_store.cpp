#include "lists/index_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <type_traits>

#include "base/file.hpp"
#include "base/state_file.hpp"
#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

/// How long after a failure no login tries again. Then one does: the disk may have room again.
constexpr auto failure_counts = std::chrono::minutes(1);

/// A maker that writes nothing for so long is held up: a list lies on a file system that hangs.
constexpr auto longest_pause = std::chrono::seconds(10);

/// What lists.verified holds.
struct Verified {
  Stamp stamp;
  std::array<char, 40> boot;
  friend bool operator==(const Verified&, const Verified&) = default;
};
static_assert(std::has_unique_object_representations_v<Verified>);

[[noreturn]] void throw_errno() {
  throw std::system_error(errno, std::generic_category());
}

Descriptor open_to_read(const std::string& path) {
  return base::open_to_read(path, O_NOFOLLOW);
}

/// Differs each time that the system starts; zeros: not known.
std::array<char, 40> boot_id() {
  std::array<char, 40> id{};
  const auto file = open_to_read("/proc/sys/kernel/random/boot_id");
  if (file.is_open() && base::read_some(file.number(), id) < 0) id = {};
  return id;
}

}  // namespace

std::string IndexStore::path(const char* suffix) const {
  return other("lists.index") + suffix;
}

/// Why the file must not be trusted; nullptr: it may be. Whoever can write to the folder can
/// replace all that we keep there, so files of other users are trusted, too; but not in a folder
/// that everybody can write to, such as /tmp.
const char* IndexStore::distrust(const struct stat& file) const {
  if (!S_ISREG(file.st_mode)) return "it is no regular file";
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others than its owner may write to it";
  if (file.st_uid == ::geteuid() || file.st_uid == 0) return nullptr;
  struct stat around {};
  const bool closed = ::stat(folder_.c_str(), &around) == 0 && (around.st_mode & S_IWOTH) == 0;
  return closed ? nullptr : "it is another user's, in a folder that everybody may write to";
}

tl::expected<std::optional<IndexFile>, std::string> IndexStore::open() const {
  const auto cannot = [this](const char* reason) {
    return tl::unexpected(fmt::format("{} cannot be used: {}", path(), reason));
  };
  auto file = open_to_read(path());
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return cannot(std::strerror(errno));
  }
  if (const auto* reason = distrust(status)) return cannot(reason);
  auto index = IndexFile::open(std::move(file));
  return index ? std::optional{std::move(*index)} : std::nullopt;
}

/// Not open: there is none that may be trusted.
Descriptor IndexStore::open_trusted(const std::string& path) const {
  auto file = open_to_read(path);
  struct stat status {};
  const bool good =
      file.is_open() && ::fstat(file.number(), &status) == 0 && distrust(status) == nullptr;
  return good ? std::move(file) : Descriptor{};
}

bool IndexStore::is_verified(const IndexFile& index) const {
  const auto file = open_trusted(other("lists.verified"));
  if (!file.is_open()) return false;
  Verified found{};
  const auto size = base::read_at(file.number(), reinterpret_cast<char*>(&found), sizeof found, 0);
  return size == sizeof found && found == Verified{index.stamp(), boot_id()};
}

void IndexStore::remember_verified(const Stamp& index) const {
  if (is_anothers()) return;
  const Verified verified{index, boot_id()};
  write("lists.verified", {reinterpret_cast<const char*>(&verified), sizeof verified});
}

void IndexStore::forget_verified() const {
  ::unlink(other("lists.verified").c_str());
}

/// Makes a new file, in the place of any earlier one. Not open: errno says why.
Descriptor IndexStore::create(const std::string& path) const {
  ::unlink(path.c_str());
  Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.is_open()) share_with_group(file.number());
  return file;
}

/// Replaces a small file. If the new one cannot be written, the old one is gone.
void IndexStore::write(base::StateFile name, std::string_view bytes) const {
  const auto temporary = other(name) + ".tmp";
  const auto file = create(temporary);
  ::unlink(other(name).c_str());
  if (!file.is_open()) return;
  try {
    write_at(file.number(), bytes, 0);
    ::rename(temporary.c_str(), other(name).c_str());
  } catch (const std::system_error&) {
    ::unlink(temporary.c_str());
  }
}

/// Lets the folder's group read the file, if that group may write to the folder and we are in it.
void IndexStore::share_with_group(int descriptor) const {
  struct stat status {};
  const bool shared = ::stat(folder_.c_str(), &status) == 0 && (status.st_mode & S_IWGRP) != 0 &&
                      ::fchown(descriptor, static_cast<uid_t>(-1), status.st_gid) == 0;
  ::fchmod(descriptor, shared ? 0640 : 0600);
}

tl::expected<std::optional<Descriptor>, std::string> IndexStore::take_right() const {
  const auto name = other("lists.lock");
  const auto cannot = [&](const char* reason) {
    return tl::unexpected(fmt::format("{} cannot be written: {}", name, reason));
  };
  // To lock a file one only has to read it.
  auto file = open_to_read(name);
  if (!file.is_open() && errno == EACCES && base::remove_foreign_file(folder_, "lists.lock")) {
    errno = ENOENT;
  }
  if (!file.is_open() && errno == ENOENT) {
    file = Descriptor{
        ::open(name.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
    if (file.is_open()) share_with_group(file.number());
  }
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return cannot(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return cannot("it is no regular file");
  if (base::lock(file.number(), LOCK_EX | LOCK_NB)) {
    ::futimens(file.number(), nullptr);  // for maker_gets_on()
    return file;
  }
  if (errno == EWOULDBLOCK) return std::nullopt;
  return cannot(std::strerror(errno));
}

bool IndexStore::maker_gets_on(TimePoint now) const {
  const auto is_new = [now](const std::string& file) {
    const auto stamp = stamp_of(file.c_str());
    if (!stamp) return false;
    const TimePoint written{std::chrono::nanoseconds(stamp->modified)};
    return now - written < longest_pause && written - now < longest_pause;
  };
  return is_new(other("lists.lock")) || is_new(path(".tmp")) || is_new(path());
}

StoredTexts IndexStore::last_texts() const {
  auto file = open_trusted(path());
  return file.is_open() ? texts_of(std::move(file)) : StoredTexts();
}

Descriptor IndexStore::start_new() const {
  // A file that must not be trusted may be one that cannot be replaced.
  if (!open() && ::unlink(path().c_str()) != 0) throw_errno();
  auto file = create(path(".tmp"));
  if (!file.is_open()) throw_errno();
  return file;
}

void IndexStore::complete_new(const Descriptor& file) const {
  if (::rename(path(".tmp").c_str(), path().c_str()) != 0) throw_errno();
  if (const auto stamp = stamp_of(file.number())) remember_verified(*stamp);
}

std::string IndexStore::failure(const std::string& list_path, TimePoint now) const {
  const auto file = open_trusted(other("lists.failed"));
  const auto stamp = stamp_of(file.number());
  if (!stamp) return {};
  try {
    std::string bytes(stamp->size, '\0');
    if (!read_all_at(file.number(), bytes.data(), bytes.size(), 0)) return {};
    const auto image = Index::over(std::as_bytes(std::span(bytes)));
    const bool counts = image && image->list_path() == list_path &&
                        now - image->made() < failure_counts &&
                        image->made() - now < failure_counts && !image->is_stale();
    return counts && !image->faults().empty() ? image->faults().front() : std::string();
  } catch (const std::exception&) {
    return {};  // damaged
  }
}

void IndexStore::remember_failure(const std::string& image) const {
  if (image.empty()) {
    ::unlink(other("lists.failed").c_str());
  } else {
    write("lists.failed", image);
  }
}

bool IndexStore::is_anothers() const {
  struct stat status {};
  return ::geteuid() == 0 && ::stat(folder_.c_str(), &status) == 0 && status.st_uid != 0;
}

}  // namespace badclients::lists
