#include "admin/client_hits.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "audit/parse.hpp"

namespace badclients::admin {

namespace {

using Time = std::chrono::system_clock::time_point;

/// Lines of a stream, of any length.
class Lines {
 public:
  explicit Lines(std::FILE* stream) : stream_(stream) {}
  ~Lines() { std::free(buffer_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  std::optional<std::string_view> next() {
    const auto length = getline(&buffer_, &size_, stream_);
    if (length < 0) return std::nullopt;
    return std::string_view(buffer_, static_cast<std::size_t>(length));
  }

 private:
  std::FILE* stream_;
  char* buffer_ = nullptr;
  std::size_t size_ = 0;
};

/// Returns how many audit lines there are, of any age and outcome.
std::uint64_t count(std::FILE* stream, Time since, Time now, ClientHits& hits) {
  std::uint64_t audit_lines = 0;
  Lines lines(stream);
  while (const auto line = lines.next()) {
    const auto record = audit::parse(*line);
    if (!record || record->maxmind) continue;
    ++audit_lines;
    const auto client = record->value("client");
    if (client.empty()) continue;
    const auto time = audit::written_at(*line, now);
    if (!time || *time >= since) ++hits[std::string(client)];
  }
  return audit_lines;
}

}  // namespace

std::optional<LogSource> log_source(const std::string& option, const std::string& general_log) {
  if (!option.empty()) return LogSource{option, true};
  if (general_log.starts_with('/')) return LogSource{general_log};
  if (general_log == "none") return std::nullopt;
  return LogSource{};
}

tl::expected<ClientHits, std::string> count_hits(const LogSource& source, Time since, Time now) {
  ClientHits hits;
  if (!source.file.empty()) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{
        std::fopen(source.file.c_str(), "re"), std::fclose};
    if (!file) return tl::unexpected(fmt::format("{}: {}", source.file, std::strerror(errno)));
    count(file.get(), since, now, hits);
    if (std::ferror(file.get()) != 0) {
      return tl::unexpected(fmt::format("{}: {}", source.file, std::strerror(errno)));
    }
    return hits;
  }
  const auto command = fmt::format(
      "journalctl --quiet --no-pager --output=short-iso --since=@{} --grep=mail-audit "
      "--identifier=dovecot --identifier=badclients 2>/dev/null </dev/null",
      std::chrono::system_clock::to_time_t(since));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> journal{popen(command.c_str(), "re"),
                                                                pclose};
  if (!journal) return tl::unexpected(fmt::format("journalctl: {}", std::strerror(errno)));
  if (count(journal.get(), since, now, hits) == 0) {
    return tl::unexpected(std::string("the journal has no audit line"));
  }
  return hits;
}

}  // namespace badclients::admin
