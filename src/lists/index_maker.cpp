#include "lists/index_maker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include "base/detach.hpp"
#include "base/file.hpp"

namespace badclients::lists {

namespace {

using Outcome = IndexMaker::Outcome;

/// After this time a process that makes an index is taken for lost, not for slow.
constexpr unsigned longest_making = 300;  // seconds

/// The first byte of a report.
constexpr char letter(Outcome outcome) {
  return static_cast<char>(outcome);
}

/// All that the new process does.
class Work {
 public:
  Work(const IndexStore& store, const std::string& list_path, const WallClock& clock,
       Descriptor right, Descriptor report)
      : store_(store),
        writer_(list_path, clock),
        right_(std::move(right)),
        report_(std::move(report)) {}

  void run() {
    try {
      const auto file = make();
      tell(Outcome::made, {});
      // Syncs, so that a crash of the system loses nothing. If that fails, the next look verifies
      // the file.
      if (::fsync(file.number()) != 0) store_.forget_verified();
    } catch (const std::system_error& error) {
      tell(Outcome::failed,
           fmt::format("{} cannot be written: {}", store_.path(".tmp"), error.code().message()));
    } catch (const std::bad_alloc&) {
      give_up("not enough memory");
    } catch (const std::exception& error) {
      give_up(error.what());
    }
  }

 private:
  Descriptor make() {
    auto file = store_.start_new();
    writer_.write(file.number(), store_.last_texts());
    store_.complete_new(file);
    store_.remember_failure({});
    return file;
  }

  /// Remembers why, so that other logins need not try.
  void give_up(const char* why) {
    const config::Problem problem{config::Problem::Severity::error, store_.path(), 0,
                                  fmt::format("cannot be made: {}", why)};
    store_.remember_failure(writer_.failure(problem));
    ::unlink(store_.path(".tmp").c_str());
    tell(Outcome::hopeless, problem.str());
  }

  /// Gives the right back first: a login that hears of the index, or begins then, may find another
  /// change. If we still had the right, it would go on with this index.
  void tell(Outcome outcome, const std::string& reason) {
    right_ = Descriptor{};
    // False: nobody waits any more.
    [[maybe_unused]] const bool told = base::write_all(report_.number(), letter(outcome) + reason);
  }

  const IndexStore& store_;
  IndexWriter writer_;
  Descriptor right_, report_;
};

/// All that can be read, to the end. Nothing: `deadline` comes first.
std::optional<std::string> read_report(int descriptor, IndexMaker::Clock::time_point deadline) {
  std::string report;
  while (!report.starts_with(letter(Outcome::made))) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - IndexMaker::Clock::now());
    pollfd poller{descriptor, POLLIN, 0};
    const int ready = ::poll(&poller, 1, std::max(0, static_cast<int>(left.count())));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    std::array<char, 512> buffer{};
    const auto count = base::read_some(descriptor, buffer);
    if (count <= 0) break;
    report.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return report;
}

}  // namespace

tl::expected<IndexMaker, std::string> IndexMaker::start(const IndexStore& store, Descriptor right,
                                                        const std::string& list_path,
                                                        const WallClock& clock) {
  const auto cannot = [&](int error) {
    return tl::unexpected(fmt::format("{}: cannot be made: no process for it: {}", store.path(),
                                      std::strerror(error)));
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot(errno);
  Descriptor reading{ends[0]};
  const Descriptor writing{ends[1]};
  const auto started = base::detach({-1, -1, -1, right.number(), writing.number()}, [&] {
    for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
    ::alarm(longest_making);
    Work(store, list_path, clock, Descriptor{3}, Descriptor{4}).run();
    ::_exit(0);
  });
  if (!started) return cannot(started.error());
  return IndexMaker{store.path(), std::move(reading)};
}

IndexMaker::Result IndexMaker::wait(Clock::time_point deadline) const {
  auto report = read_report(report_.number(), deadline);
  if (!report)
    return {Outcome::late,
            fmt::format("{}: the lists have changed, and are still being read", path_)};
  if (report->empty()) {
    return {Outcome::lost, fmt::format("{}: cannot be made: its maker was killed", path_)};
  }
  const auto outcome = static_cast<Outcome>(report->front());
  return {outcome, report->substr(1)};
}

}  // namespace badclients::lists
