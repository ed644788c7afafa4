#include "registry/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/escape.hpp"
#include "registry/publication.hpp"

namespace badclients::registry {

namespace {

using std::chrono::seconds;

/// The name by which SQLite reads a file that nobody changes, without locks
/// (https://sqlite.org/uri.html).
std::string immutable_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char byte : path) {
    const bool plain = byte != '%' && byte != '?' && byte != '#';
    uri += plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return uri + "?immutable=1";
}

std::string_view bytes_of(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

/// The segment of `block` that holds `point`.
tl::expected<Segment, std::string> find_in(BlockReader block, Point point) {
  Segment found;
  for (;;) {
    auto entry = block.next();
    if (!entry) return tl::unexpected(entry.error());
    if (!*entry || (*entry)->first > point) return found;
    found = (*entry)->segment;
  }
}

}  // namespace

std::string store_path(const std::string& state_path) {
  return state_path + "/registry.db";
}

std::optional<facts::Time> time_of(std::int64_t since_1970) {
  using namespace std::chrono;
  constexpr sys_days end = 2200y / 1 / 1;
  if (since_1970 < 0 || since_1970 >= sys_seconds{end}.time_since_epoch().count())
    return std::nullopt;
  return facts::Time{std::chrono::seconds{since_1970}};
}

std::string encode(const std::vector<std::uint32_t>& asns) {
  return fmt::format("{}", fmt::join(asns, " "));
}

std::string encode(const Counts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", kind, count);
  }
  return text;
}

Counts decode_counts(std::string_view text) {
  Counts counts;
  while (!text.empty()) {
    const auto kind = base::cut(text, ' ');
    counts.emplace(kind, base::number<std::uint64_t>(base::cut(text, ' ')).value_or(0));
  }
  return counts;
}

std::string encode(const FileState& file) {
  const auto seconds_of = [](facts::Time time) {
    return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
  };
  return fmt::format("{}\t{}\t{}\t{}\t{}", seconds_of(file.made), seconds_of(file.taken),
                     encode(file.counts), facts::escaped(file.etag),
                     facts::escaped(file.last_modified));
}

tl::expected<FileState, std::string> decode_file(std::string_view text) {
  FileState file;
  const auto time = [&text] {
    const auto seconds = base::number<std::int64_t>(base::cut(text, '\t'));
    return seconds ? time_of(*seconds) : std::nullopt;
  };
  const auto made = time(), taken = time();
  file.counts = decode_counts(base::cut(text, '\t'));
  auto etag = facts::unescaped(base::cut(text, '\t'));
  auto last_modified = facts::unescaped(text);
  if (!made || !taken || !etag || !last_modified) {
    return tl::unexpected(std::string("what it says of a file is damaged"));
  }
  file.made = *made;
  file.taken = *taken;
  file.etag = std::move(*etag);
  file.last_modified = std::move(*last_modified);
  return file;
}

std::string head_text(const std::vector<FileState>& files) {
  auto text = fmt::format("{}\n", Store::version);
  for (const auto& file : files) {
    const auto made = std::chrono::duration_cast<seconds>(file.made.time_since_epoch());
    text += fmt::format("{} {}\n", file.name, made.count());
  }
  return text;
}

tl::expected<std::optional<Store>, std::string> Store::open(const std::string& path) {
  struct stat status {};
  const auto fault = [&] {
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  };
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return fault();
  }
  // Opening a FIFO waits until another process writes to it.
  if (!S_ISREG(status.st_mode)) return tl::unexpected(path + ": no regular file");
  Store store{path};
  if (const auto connected = store.connect(); !connected) {
    // SQLite does not say why it cannot open a file.
    if (::access(path.c_str(), R_OK) != 0) return fault();
    return tl::unexpected(connected.error());
  }
  return store;
}

tl::expected<void, std::string> Store::connect() {
  const auto opened = run([&] {
    // No mmap_size: a mapping of all the file does not fit into Dovecot's address space limit, and
    // a file system that fails would end the login by a signal.
    connection_ = std::make_unique<SQLite::Database>(
        immutable_uri(path_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX);
    return true;
  });
  if (!opened) return tl::unexpected(opened.error());
  const auto head = text(0);
  if (!head) return tl::unexpected(head.error());
  std::string_view rest = head->has_value() ? **head : std::string_view();
  if (base::cut(rest, '\n') != std::to_string(version)) {
    return tl::unexpected(
        path_ +
        ": of another version than this program's (badclientsctl registry update mends it)");
  }
  while (!rest.empty()) {
    auto line = base::cut(rest, '\n');
    const auto name = base::cut(line, ' ');
    made_.emplace(name,
                  time_of(base::number<std::int64_t>(line).value_or(0)).value_or(facts::Time{}));
  }
  return {};
}

template <class Work>
auto Store::run(Work work) -> tl::expected<decltype(work()), std::string> {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    return tl::unexpected(fmt::format("{}: {}", path_, error.what()));
  }
}

bool Store::select_up_to(std::int64_t key) {
  if (!select_) {
    select_ = std::make_unique<SQLite::Statement>(
        *connection_, "SELECT key,value FROM item WHERE key<=? ORDER BY key DESC");
  }
  select_->reset();
  select_->bind(1, key);
  return select_->executeStep();
}

tl::expected<Segment, std::string> Store::find(Point point) {
  const auto found = run([&]() -> tl::expected<Segment, std::string> {
    if (!select_up_to(row_key(point))) return Segment{};
    const auto key = select_->getColumn(0).getInt64();
    if (key < 0) return Segment{};  // a text: no segment begins as low
    const auto first = row_first(key);
    if (is_v4(first) != is_v4(point)) return Segment{};
    return find_in(BlockReader{first, bytes_of(select_->getColumn(1))}, point);
  });
  if (!found) return tl::unexpected(found.error());
  if (!*found) return tl::unexpected(fmt::format("{}: {}", path_, found->error()));
  return **found;
}

tl::expected<std::optional<std::string>, std::string> Store::text(std::uint64_t number) {
  return run([&]() -> std::optional<std::string> {
    const auto key = text_key(number);
    if (!select_up_to(key) || select_->getColumn(0).getInt64() != key) return std::nullopt;
    return std::string(bytes_of(select_->getColumn(1)));
  });
}

tl::expected<std::vector<std::uint32_t>, std::string> Store::asns(std::uint64_t origin) {
  if (origin < first_set) return std::vector{static_cast<std::uint32_t>(origin)};
  const auto set = text(origin);
  if (!set) return tl::unexpected(set.error());
  std::vector<std::uint32_t> asns;
  bool good = set->has_value();
  for (std::string_view rest = good ? **set : std::string_view(); good && !rest.empty();) {
    const auto asn = base::number<std::uint32_t>(base::cut(rest, ' '));
    good = asn.has_value();
    asns.push_back(asn.value_or(0));
  }
  if (!good || asns.empty()) {
    return tl::unexpected(fmt::format("{}: a set of ASes that is damaged", path_));
  }
  return asns;
}

tl::expected<std::vector<FileState>, std::string> Store::files() {
  std::vector<FileState> files;
  for (const auto& publication : publications()) {
    const auto found = text(file_number(place_of(publication)));
    if (!found) return tl::unexpected(found.error());
    if (!*found) continue;
    auto file = decode_file(**found);
    if (!file) return tl::unexpected(fmt::format("{}: {}", path_, file.error()));
    file->name = publication.name;
    files.push_back(std::move(*file));
  }
  return files;
}

}  // namespace badclients::registry
