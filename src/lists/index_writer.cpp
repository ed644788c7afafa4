#include "lists/index_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>

#include "lists/sources.hpp"

namespace badclients::lists {

namespace {

/// A process that makes an index alone is lost, rather than slow, after this time.
constexpr unsigned longest_making = 300;  // seconds

/// How long to wait for who else has the right.
constexpr std::chrono::milliseconds pause{2};
constexpr int most_tries = 10;

/// What is written at once comes into the page cache as one folio, and a login that looks at one
/// byte of it maps all of it.
constexpr std::size_t one_write = 64U << 10U;

/// What a maker says when all is well.
constexpr std::string_view success = "published";

tl::unexpected<std::string> failure(const std::string& path, const char* reason) {
  return tl::unexpected(fmt::format("{} cannot be written: {}", path, reason));
}

tl::unexpected<std::string> failure(const std::string& path, int error) {
  return failure(path, std::strerror(error));
}

/// The locked file still has its name: nobody has published or deleted it before we got the lock.
bool is_named(const struct stat& status, const std::string& path) {
  struct stat named {};
  return ::lstat(path.c_str(), &named) == 0 && named.st_ino == status.st_ino &&
         named.st_dev == status.st_dev;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), std::min(bytes.size(), one_write));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Other users of the folder's group may share the state; a group that we are not in cannot.
void share_with_group(const Descriptor& file, const std::string& folder) {
  struct stat status {};
  const bool shared = ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IWGRP) != 0 &&
                      ::fchown(file.number(), static_cast<uid_t>(-1), status.st_gid) == 0;
  ::fchmod(file.number(), shared ? 0640 : 0600);
}

/// In a new process: keeps the two descriptors, as 3 and 4, and nothing else of the parent's.
void keep_only(int draft, int report) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {0, 1, 2}) ::dup2(null, standard);
  const int high_draft = ::fcntl(draft, F_DUPFD, 10);
  const int high_report = ::fcntl(report, F_DUPFD, 10);
  ::dup2(high_draft, 3);
  ::dup2(high_report, 4);
  ::closefrom(5);
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 512> buffer{};
  while (true) {
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string index_path(const std::string& state_path) {
  return fmt::format("{}/{}", state_path, index_name);
}

IndexWriter::~IndexWriter() {
  // Nobody else takes it away as long as we have it locked.
  if (draft_.is_open()) ::unlink(path_.c_str());
}

tl::expected<std::optional<IndexWriter>, std::string> IndexWriter::take(
    const std::string& state_path, Purpose purpose) {
  const auto path = index_path(state_path) + (purpose == Purpose::rules ? ".new" : ".stamps");
  // Who has it may just be giving it back, or make a small index in no time: then we need not go on
  // with old rules.
  for (int tries = purpose == Purpose::rules ? most_tries : 0;; --tries) {
    auto writer = try_take(state_path, path);
    if (!writer || *writer || tries == 0) return writer;
    std::this_thread::sleep_for(pause);
  }
}

tl::expected<std::optional<IndexWriter>, std::string> IndexWriter::try_take(
    const std::string& state_path, const std::string& path) {
  Descriptor draft{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                          S_IRUSR | S_IWUSR)};
  struct stat status {};
  if (!draft.is_open() || ::fstat(draft.number(), &status) != 0) return failure(path, errno);
  // Nobody shall have us overwrite another file by a link to it.
  if (!S_ISREG(status.st_mode) || status.st_nlink > 1 || status.st_uid != ::geteuid()) {
    return failure(path, "it is no file of this user");
  }
  if (::flock(draft.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
    return failure(path, errno);
  }
  if (!is_named(status, path)) return std::nullopt;
  return IndexWriter{state_path, path, std::move(draft)};
}

tl::expected<void, std::string> IndexWriter::publish(std::string_view bytes) && {
  share_with_group(draft_, state_path_);
  const bool done = ::ftruncate(draft_.number(), 0) == 0 &&
                    ::lseek(draft_.number(), 0, SEEK_SET) == 0 &&
                    write_all(draft_.number(), bytes) &&
                    ::rename(path_.c_str(), index_path(state_path_).c_str()) == 0;
  if (!done) return failure(path_, errno);
  draft_ = Descriptor{};
  return {};
}

std::string IndexWriter::report_on(IndexWriter writer, const std::function<std::string()>& make) {
  try {
    const auto done = std::move(writer).publish(make());
    return done ? std::string(success) : done.error();
  } catch (const std::exception& error) {
    return fmt::format("{} cannot be made: {}", index_path(writer.state_path_), error.what());
  }
}

tl::expected<void, std::string> IndexWriter::publish_apart(
    const std::function<std::string()>& make) && {
  const auto path = index_path(state_path_);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure(path, errno);
  Descriptor reading{ends[0]};
  Descriptor writing{ends[1]};
  const auto maker = ::fork();
  if (maker < 0) return failure(path, errno);
  if (maker == 0) {
    for (const int signal : {SIGALRM, SIGBUS, SIGTERM}) std::signal(signal, SIG_DFL);
    ::alarm(longest_making);
    ::setsid();
    keep_only(draft_.release(), writing.release());
    reading.release();
    draft_ = Descriptor{3};  // as keep_only put it there
    write_all(4, report_on(std::move(*this), make));
    ::_exit(0);
  }
  draft_ = Descriptor{};  // the lock is the other's
  writing = Descriptor{};
  auto report = read_to_end(reading.number());
  while (::waitpid(maker, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (report == success) return {};
  if (report.empty()) report = fmt::format("{} cannot be made: its maker was killed", path);
  return tl::unexpected(std::move(report));
}

}  // namespace badclients::lists
