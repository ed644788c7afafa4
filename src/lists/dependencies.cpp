#include "lists/dependencies.hpp"

#include <sys/stat.h>

#include <array>
#include <ctime>
#include <utility>

namespace badclients::lists {

namespace {

using Kind = FileError::Kind;
using Names = std::vector<std::string>;

/// Names as the store has them, with NULs between: no name has a NUL in it.
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

std::string date_and_time(TimePoint time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
  return text.data();
}

bool has_changed(const Dependency& dependency, const char* path) {
  switch (dependency.kind) {
    case DependencyKind::seen:
      return dependency.racy || stamp_of(path) != dependency.stamp;
    case DependencyKind::missing: {
      struct stat ignored {};
      return ::lstat(path, &ignored) == 0;
    }
    case DependencyKind::unread: {
      const auto error = try_file(path, dependency.offset);
      return !error || (error->kind != Kind::failed && error->kind != Kind::hidden);
    }
  }
  return true;
}

void Dependencies::missing(const std::string& path) {
  all_.push_back({path, DependencyKind::missing, false, {}, 0});
}

/// Notes what could not be read. If it cannot be used, its stamp, already noted, tells of changes.
Reading<SourceText> Dependencies::unread(TextKind kind, const std::string& path, bool required,
                                         const FileError& error) {
  const bool gone = error.kind == Kind::missing;
  if (gone && !required) return {{}, error, {}};
  ++unread_;
  if (gone) missing(path);
  if (!gone && error.kind != Kind::unusable) {
    all_.push_back({path, DependencyKind::unread, false, {}, error.offset});
  }
  auto kept = store_ == nullptr ? std::nullopt : store_->last(kind, path);
  if (!kept) return {{}, error, {}};
  return {std::move(kept->text), error, kept->read};
}

/// Returns what `read` gives. Takes the stamp first: what is written later shows in the next stamp.
template <class Read>
auto Dependencies::see(const std::string& path, Read read) {
  const auto begin = clock_();
  const auto stamp = stamp_of(path.c_str());
  const bool racy = stamp && is_racy(*stamp, {begin, clock_()});
  auto result = read(begin);
  const bool seen = result || result.error().kind == Kind::unusable;
  if (seen && stamp) all_.push_back({path, DependencyKind::seen, racy, *stamp, 0});
  if (seen && !stamp) missing(path);  // it was there until a moment ago
  return result;
}

Reading<SourceText> Dependencies::file(const std::string& path, bool required) {
  auto text = see(path, [&](TimePoint now) -> tl::expected<SourceText, FileError> {
    if (store_ != nullptr) return store_->copy(path, now);
    return read_file(path).map([](std::string whole) { return SourceText(std::move(whole)); });
  });
  if (!text) return unread(TextKind::file, path, required, text.error());
  return {std::move(*text), {}, {}};
}

Reading<Names> Dependencies::folder(const std::string& path, bool required) {
  auto names = see(path, [&](TimePoint) { return folder_names(path); });
  if (!names && names.error().missing()) {
    if (required) missing(path);
    return {{}, names.error(), {}};
  }
  if (!names) {
    auto was = unread(TextKind::folder, path, required, names.error());
    if (!was.value) return {{}, was.error, {}};
    return {as_names(whole(std::move(*was.value))), was.error, was.kept};
  }
  if (store_ != nullptr) store_->keep(TextKind::folder, path, as_text(*names), clock_());
  return {std::move(*names), {}, {}};
}

Reading<std::string> Dependencies::link_target(const std::string& path) {
  auto target = lists::link_target(path);
  if (!target) {
    auto was = unread(TextKind::link, path, true, target.error());
    if (!was.value) return {{}, was.error, {}};
    return {whole(std::move(*was.value)), was.error, was.kept};
  }
  if (store_ != nullptr) store_->keep(TextKind::link, path, *target, clock_());
  return {std::move(*target), {}, {}};
}

}  // namespace badclients::lists
