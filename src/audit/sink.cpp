#include "audit/sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "audit/escape.hpp"
#include "base/file.hpp"

namespace badclients::audit {

namespace {

/// A write of up to PIPE_BUF (4096) bytes into a pipe is never mixed with another's; the rest is
/// for what stands before and behind the text.
constexpr std::size_t most_text = 4000;

constexpr int patience_ms = 500;

std::string one_line(std::string_view text) {
  return escaped(text, Place::message, most_text);
}

void write_to_syslog(Level level, std::string_view text) {
  const int priority = level == Level::info      ? LOG_INFO
                       : level == Level::warning ? LOG_WARNING
                                                 : LOG_ERR;
  openlog("badclients", LOG_PID, LOG_MAIL);
  syslog(priority, "%s", one_line(text).c_str());
}

/// "badclients: warning: " before what is not an audit line.
std::string_view prefix(Level level) {
  switch (level) {
    case Level::info:
      return "";
    case Level::warning:
      return "badclients: warning: ";
    case Level::error:
      return "badclients: error: ";
  }
  return "";
}

/// `text` as a line behind `begin`.
std::string line_behind(std::string_view begin, std::string_view text) {
  std::string line;
  line.reserve(begin.size() + text.size() + 1);
  line += begin;
  append_escaped(line, text, Place::message, most_text);
  return line += '\n';
}

std::string plain_line(Level level, std::string_view text) {
  return line_behind(prefix(level), text);
}

std::string dovecot_line(Level level, std::string_view text) {
  std::string begin{'\1', static_cast<char>(2 + static_cast<int>(level))};
  begin.append(std::to_string(getpid())).append(level == Level::info ? " " : " badclients: ");
  return line_behind(begin, text);
}

/// "2025-07-01T14:00:00+0200 badclients[4711]: ..."
std::string file_line(Level level, std::string_view text) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  char time[32] = "";
  std::strftime(time, sizeof time, "%FT%T%z", &local);
  const auto* const word = level == Level::info      ? ""
                           : level == Level::warning ? "warning: "
                                                     : "error: ";
  return fmt::format("{} badclients[{}]: {}{}\n", time, getpid(), word, one_line(text));
}

/// As a door does from its start on. Else writing to a pipe whose reader is gone ends the process.
bool ignores_sigpipe() {
  static const bool ignores = [] {
    struct sigaction now {};
    return ::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
  }();
  return ignores;
}

/// Writes to a descriptor, which may be a pipe that nobody empties.
class DescriptorWriter {
 public:
  explicit DescriptorWriter(int descriptor) : descriptor_(descriptor) {}

  /// How much of it could be written.
  std::size_t write(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto left = bytes.substr(done);
      auto count = write_now(left);
      if (count <= 0) {
        if (!writable()) break;
        count = ::write(descriptor_, left.data(), left.size());
      }
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

 private:
  /// Standard error is shared with others, so it cannot be set to O_NONBLOCK. An error: it would
  /// have to wait, or there is no telling (a pipe before Linux 6.5; many files).
  ssize_t write_now(std::string_view bytes) const {
    if (!ignores_sigpipe()) return -1;
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT: iovec has no const
    return ::pwritev2(descriptor_, &piece, 1, -1, RWF_NOWAIT);
  }
  /// Between this and the write another process may fill the pipe: the process that answers the
  /// login does not wait for that.
  bool writable() {
    pollfd poller{descriptor_, POLLOUT, 0};
    const int ready = ::poll(&poller, 1, stuck_ ? 0 : patience_ms);
    stuck_ = ready <= 0;
    return poller.revents == POLLOUT;  // else nobody reads any more, or it is not open
  }

  int descriptor_;
  bool stuck_ = false;
};

class DescriptorSink : public Sink {
 public:
  using Format = std::string (*)(Level, std::string_view);
  DescriptorSink(int descriptor, Format format) : writer_(descriptor), format_(format) {}

  void write(Level level, std::string_view text) override {
    const auto line = format_(level, text);
    if (writer_.write(line) != line.size()) write_to_syslog(level, text);
  }

 private:
  DescriptorWriter writer_;
  Format format_;
};

/// O_NONBLOCK: a FIFO without a reader is an error, not a wait.
int open_file(const std::string& path) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int existing = ::open(path.c_str(), flags);
  if (existing >= 0 || errno != ENOENT) return existing;
  const int made = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0640);
  if (made < 0 && errno == EEXIST) return ::open(path.c_str(), flags);
  if (made >= 0) ::fchmod(made, 0640);  // whatever the umask is
  return made;
}

/// Whether the file ends in the middle of a line: a disk was full, somebody was killed.
bool ends_early(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    return false;
  }
  const auto reader = base::open_to_read(path);
  const auto end = static_cast<std::uint64_t>(status.st_size);
  char last = '\n';
  return base::read_at(reader.number(), &last, 1, end - 1) == 1 && last != '\n';
}

/// Opened when the first line comes: until then nothing depends on its file system.
class FileSink : public Sink {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)) {}

  void write(Level level, std::string_view text) override {
    if (!writer_) open();
    if (!file_.is_open()) return write_to_syslog(level, text);
    auto line = file_line(level, text);
    if (cut_) line.insert(0, 1, '\n');
    const auto written = writer_->write(line);
    if (written == line.size()) {
      cut_ = false;
    } else {
      cut_ = cut_ ? written != 1 : written != 0;
      write_to_syslog(level, text);
    }
  }

 private:
  void open() {
    file_ = base::Descriptor{open_file(path_)};
    const int error = errno;
    writer_.emplace(file_.number());
    if (file_.is_open()) {
      cut_ = ends_early(file_.number(), path_);
    } else {
      write_to_syslog(Level::warning, fmt::format("general/log: {}: {}; logging here instead",
                                                  path_, std::strerror(error)));
    }
  }

  std::string path_;
  base::Descriptor file_;
  std::optional<DescriptorWriter> writer_;
  bool cut_ = false;  ///< the file does not end with the end of a line
};

class SyslogSink : public Sink {
 public:
  void write(Level level, std::string_view text) override { write_to_syslog(level, text); }
};

class NoSink : public Sink {
 public:
  void write(Level, std::string_view) override {}
};

}  // namespace

std::string line_for_stderr(Level level, std::string_view text, bool log_service) {
  return log_service ? dovecot_line(level, text) : plain_line(level, text);
}

std::unique_ptr<Sink> open_sink(const std::string& log, const Surroundings& surroundings) {
  const bool is_auto = log == "auto";
  if (log == "dovecot" || (is_auto && surroundings.log_service)) {
    return std::make_unique<DescriptorSink>(STDERR_FILENO, dovecot_line);
  }
  if (log == "stderr" || (is_auto && surroundings.stderr_open)) {
    return std::make_unique<DescriptorSink>(STDERR_FILENO, plain_line);
  }
  if (log == "none") return std::make_unique<NoSink>();
  if (log == "syslog" || is_auto) return std::make_unique<SyslogSink>();

  return std::make_unique<FileSink>(log);
}

}  // namespace badclients::audit
