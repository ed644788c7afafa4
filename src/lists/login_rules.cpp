#include "lists/login_rules.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "lists/index_writer.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

namespace {

/// Why the file must not be believed; nullptr where it may. Who may write to the folder may write
/// everything that we keep there. But a folder that is open to all, as /tmp is, is nobody's.
const char* distrust(const struct stat& file, const std::string& folder) {
  if (!S_ISREG(file.st_mode)) return "it is no regular file";
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others than its owner may write to it";
  if (file.st_uid == ::geteuid() || file.st_uid == 0) return nullptr;
  struct stat around {};
  const bool closed = ::stat(folder.c_str(), &around) == 0 && (around.st_mode & S_IWOTH) == 0;
  return closed ? nullptr : "it is another user's, in a folder that everybody may write to";
}

bool is_roots_guest(const std::string& folder) {
  struct stat status {};
  return ::geteuid() == 0 && ::stat(folder.c_str(), &status) == 0 && status.st_uid != 0;
}

}  // namespace

class RulesOpener {
 public:
  RulesOpener(const std::string& list_path, const std::string& state_path, const WallClock& clock)
      : list_path_(list_path), state_path_(state_path), clock_(clock) {}

  tl::expected<LoginRules, std::string> open() {
    auto found = look();
    if (found && !found->freshness.changed) return settled(std::move(*found));
    if (is_roots_guest(state_path_)) return read_here({});

    auto writer = IndexWriter::take(state_path_, Purpose::rules);
    if (!writer) return read_here(std::move(writer.error()));
    if (!*writer) return found ? std::move(found->rules) : read_here({});
    // Somebody may have been faster, just before we got the right.
    found = look();
    if (found && !found->freshness.changed) return std::move(found->rules);
    const auto made = std::move(**writer).publish_apart(
        [this] { return pack(read_lists(list_path_, clock_), list_path_); });
    if (!made) return read_here(made.error());
    auto rules = map();
    return rules ? std::move(*rules) : read_here(trouble_);
  }

 private:
  struct Found {
    LoginRules rules;
    Freshness freshness;
  };

  /// Nothing where there is no index that can be used at all; trouble_ then says why, but for what
  /// a new one mends.
  std::optional<LoginRules> map() {
    const auto path = index_path(state_path_);
    const Descriptor file{
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
      if (errno != ENOENT) blame(path, std::strerror(errno));
      return std::nullopt;
    }
    if (const auto* reason = distrust(status, state_path_)) {
      blame(path, reason);
      return std::nullopt;
    }
    auto mapping = Mapping::of(file.number(), static_cast<std::size_t>(status.st_size));
    if (!mapping) {
      if (status.st_size != 0) blame(path, std::strerror(errno));
      return std::nullopt;
    }
    auto index = IndexFile::over(mapping->bytes(), list_path_);
    if (!index) return std::nullopt;
    LoginRules rules{std::move(*index)};
    rules.mapping_ = std::move(mapping);
    return rules;
  }

  std::optional<Found> look() {
    auto rules = map();
    if (!rules) return std::nullopt;
    auto freshness = rules->file_.freshness(clock_);
    return Found{std::move(*rules), std::move(freshness)};
  }

  /// Where only contents could tell that the sources are the same, stamps shall do so from now on.
  /// Whoever comes next does it where we cannot.
  LoginRules settled(Found found) {
    const auto& stamps = found.freshness.stamps;
    if (stamps && !is_roots_guest(state_path_)) {
      auto writer = IndexWriter::take(state_path_, Purpose::stamps);
      if (writer && *writer) {
        [[maybe_unused]] const auto done =
            std::move(**writer).publish(found.rules.file_.with_stamps(*stamps));
      }
    }
    return std::move(found.rules);
  }

  tl::expected<LoginRules, std::string> read_here(std::string trouble) {
    auto bytes = std::make_unique<std::string>(pack(read_lists(list_path_, clock_), list_path_));
    auto file = IndexFile::over(std::as_bytes(std::span(*bytes)), list_path_);
    if (!file) return tl::unexpected(std::move(file.error()));
    LoginRules rules{std::move(*file)};
    rules.read_ = std::move(bytes);
    if (!trouble.empty()) {
      rules.trouble_ = fmt::format("{}; every login reads the lists anew", trouble);
    }
    return rules;
  }

  void blame(const std::string& path, const char* reason) {
    trouble_ = fmt::format("{} cannot be used: {}", path, reason);
  }

  const std::string& list_path_;
  const std::string& state_path_;
  const WallClock& clock_;
  std::string trouble_;
};

tl::expected<LoginRules, std::string> LoginRules::open(const std::string& list_path,
                                                       const std::string& state_path,
                                                       const WallClock& clock) {
  return RulesOpener{list_path, state_path, clock}.open();
}

}  // namespace badclients::lists
