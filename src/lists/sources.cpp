#include "lists/sources.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "lists/blocks.hpp"

namespace badclients::lists {

namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using Kind = FileError::Kind;
using Names = std::vector<std::string>;

/// Longer than the step of the kernel's clock (10 ms at most), of exFAT's (10 ms).
constexpr nanoseconds fine_step = 250ms;
/// Longer than the step of FAT's (2 s), of ext3's (1 s), which have no fractions.
constexpr nanoseconds coarse_step = 3s;

std::int64_t count(const timespec& time) {
  return nanoseconds(std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec)).count();
}

Stamp stamp_from(const struct stat& status) {
  return {status.st_dev,  status.st_ino,         static_cast<std::uint64_t>(status.st_size),
          status.st_mode, count(status.st_mtim), count(status.st_ctim)};
}

bool is_near(std::int64_t written, const Moment& taken) {
  const nanoseconds time{written};
  const auto step = time % 1s == 0s ? coarse_step : fine_step;
  // What is dated far in the future is another date when it is written again.
  return time >= taken.begin.time_since_epoch() - step &&
         time <= taken.end.time_since_epoch() + step;
}

/// Of state_path, where it is a folder of lists, too.
bool is_own(std::string_view name) {
  return name.starts_with("lists.") || name.starts_with("cache.db");
}

std::uint64_t number_for(const Names& names) {
  std::uint64_t state = fast_hash({});
  for (const auto& name : names) {
    if (!is_set_aside(name) && !is_own(name)) state = fast_hash(name, state);
  }
  return state;
}

std::uint64_t is_link(const char* path) {
  struct stat link {};
  return ::lstat(path, &link) == 0 ? 1 : 0;
}

/// Whether what could not be read would be another time.
bool says_more(const std::optional<FileError>& error) {
  return !error || (error->kind != Kind::failed && error->kind != Kind::hidden);
}

template <class Value>
bool says_more(const tl::expected<Value, FileError>& read) {
  return read.has_value() || says_more(std::optional{read.error()});
}

bool has_other_names(const Source& folder, const char* path) {
  const auto names = folder_names(path);
  return !names || number_for(*names) != folder.content;
}

/// In a store. No name has a NUL in it.
std::string as_text(const Names& names) {
  std::string text;
  for (const auto& name : names) {
    text += name;
    text += '\0';
  }
  return text;
}

Names as_names(std::string_view text) {
  Names names;
  for (auto end = text.find('\0'); end != std::string_view::npos; end = text.find('\0')) {
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return names;
}

std::string whole(SourceText text) {
  std::string result;
  while (result.size() < text.size()) result += text.from(result.size());
  return result;
}

}  // namespace

std::optional<Stamp> stamp_of(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 ? std::optional{stamp_from(status)} : std::nullopt;
}

std::optional<Stamp> stamp_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? std::optional{stamp_from(status)} : std::nullopt;
}

std::string date_and_time(TimePoint time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
  return text.data();
}

bool is_racy(const Stamp& stamp, const Moment& taken) {
  return is_near(stamp.changed, taken) || is_near(stamp.modified, taken);
}

bool has_changed(const Source& source, const char* path) {
  switch (source.kind) {
    case SourceKind::file:
      return source.racy || stamp_of(path) != source.stamp;
    case SourceKind::folder:
      // An editor has left something there, or we have: it need not be a list.
      return stamp_of(path) == source.stamp ? source.racy : has_other_names(source, path);
    case SourceKind::missing:
      return stamp_of(path) || is_link(path) != source.content;
    case SourceKind::link: {
      const auto real = real_path(path);
      return !real || fast_hash(*real) != source.content;
    }
    case SourceKind::unread_file:
      return says_more(try_file(path, source.content));
    case SourceKind::unread_folder:
      return says_more(folder_names(path));
    case SourceKind::unread_link:
      return says_more(real_path(path));
  }
  return true;
}

void Sources::add(Source source) {
  all_.push_back(std::move(source));
}

void Sources::missing(const std::string& path) {
  add({path, SourceKind::missing, false, {}, is_link(path.c_str())});
}

/// What could not be read. For what cannot be used its stamp tells, which is known already.
Reading<SourceText> Sources::unread(SourceKind kind, const std::string& path, bool required,
                                    const FileError& error) {
  const bool gone = error.kind == Kind::missing;
  if (gone && !required) return {{}, error, {}};
  ++unread_;
  if (gone) missing(path);
  if (!gone && error.kind != Kind::unusable) add({path, kind, false, {}, error.offset});
  const auto text_kind = kind == SourceKind::unread_file     ? TextKind::file
                         : kind == SourceKind::unread_folder ? TextKind::folder
                                                             : TextKind::link;
  auto kept = store_ == nullptr ? std::nullopt : store_->last(text_kind, path);
  if (!kept) return {{}, error, {}};
  return {std::move(kept->text), error, kept->read};
}

Reading<SourceText> Sources::file(const std::string& path, bool required) {
  // The stamp first: what is written after it shows in the next one.
  const auto begin = clock_();
  const auto stamp = stamp_of(path.c_str());
  const bool racy = stamp && is_racy(*stamp, {begin, clock_()});
  auto read = [&]() -> tl::expected<SourceText, FileError> {
    if (store_ != nullptr) return store_->copy(path, begin);
    auto text = read_file(path);
    if (!text) return tl::unexpected(text.error());
    return SourceText(std::move(*text));
  }();
  const bool seen = read || read.error().kind == Kind::unusable;
  if (seen && stamp) add({path, SourceKind::file, racy, *stamp, 0});
  if (seen && !stamp) missing(path);  // until a moment ago
  if (!read) return unread(SourceKind::unread_file, path, required, read.error());
  return {std::move(*read), {}, {}};
}

Reading<Names> Sources::folder(const std::string& path, bool required) {
  const auto begin = clock_();
  const auto stamp = stamp_of(path.c_str());
  const bool racy = stamp && is_racy(*stamp, {begin, clock_()});
  auto names = folder_names(path);
  const bool seen = names || names.error().kind == Kind::unusable;
  if (seen && stamp) {
    add({path, SourceKind::folder, racy, *stamp, names ? number_for(*names) : 0});
  }
  if (seen && !stamp) missing(path);
  if (!names && names.error().missing()) {
    if (required) missing(path);
    return {{}, names.error(), {}};
  }
  if (!names) {
    auto was = unread(SourceKind::unread_folder, path, required, names.error());
    if (!was.value) return {{}, was.error, {}};
    return {as_names(whole(std::move(*was.value))), was.error, was.kept};
  }
  if (store_ != nullptr) store_->keep(TextKind::folder, path, as_text(*names), begin);
  return {std::move(*names), {}, {}};
}

Reading<std::string> Sources::real_path(const std::string& path) {
  auto real = lists::real_path(path);
  if (!real) {
    auto was = unread(SourceKind::unread_link, path, true, real.error());
    if (!was.value) return {{}, was.error, {}};
    return {whole(std::move(*was.value)), was.error, was.kept};
  }
  add({path, SourceKind::link, false, {}, fast_hash(*real)});
  if (store_ != nullptr) store_->keep(TextKind::link, path, *real, clock_());
  return {std::move(*real), {}, {}};
}

}  // namespace badclients::lists
