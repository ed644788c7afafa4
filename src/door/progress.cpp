#include "door/progress.hpp"

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <new>
#include <system_error>

namespace badclients::door {

namespace {

template <std::size_t N>
class Text {
 public:
  void hold(std::string_view text) {
    size_ = text.size() <= N ? text.size() : 0;
    std::memcpy(data_.data(), text.data(), size_);
  }
  [[nodiscard]] std::string str() const { return {data_.data(), size_}; }

 private:
  std::array<char, N> data_;
  std::size_t size_ = 0;
};

constexpr std::array told_fields{&Told::user,      &Told::address, &Told::service,
                                 &Told::client_id, &Told::session, &Told::master};

/// A plan in shared memory.
struct Slot {
  int code;
  bool holds;
  Text<1024> text;
  Text<4096> log;
  Text<4096> user, before_took, after_took;
  audit::Form form;

  void hold(const Answer& answer, bool answer_holds, std::string_view to, const audit::Line& line) {
    code = answer.code;
    holds = answer_holds;
    text.hold(answer.text);
    log.hold(to);
    user.hold(line.user);
    before_took.hold(line.before_took);
    after_took.hold(line.after_took);
    form = line.form;
  }
  [[nodiscard]] Plan plan() const {
    return {{code, text.str()},
            holds,
            log.str(),
            {user.str(), before_took.str(), after_took.str(), form}};
  }
};

}  // namespace

/// Fresh memory is zero: no login, no plan. A new plan goes into the slot that is not in use.
struct Progress::Shared {
  std::atomic<std::uint32_t> plans;
  std::atomic<bool> has_come, has_line, owes;
  std::atomic<const char*> step;  // the program is at the same address in both processes
  // The process that decides writes `until`, then reads `sleeps_until`; the one that watches writes
  // `sleeps_until`, then reads `until`. So at least one sees what the other wrote.
  std::atomic<Time::rep> until, sleeps_until;
  std::atomic<pid_t> watcher;
  Time::rep came;
  std::array<Text<most_told>, told_fields.size()> told;
  Text<512> error;
  std::array<Slot, 2> slots;
};

Progress::Progress() {
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  shared_ = static_cast<Shared*>(memory);
}

Progress::~Progress() {
  ::munmap(shared_, sizeof(Shared));
}

void Progress::arm(const Answer& answer, bool holds, std::string_view log,
                   const audit::Line& line) {
  const auto plans = shared_->plans.load(std::memory_order_relaxed);
  shared_->slots.at(plans % 2).hold(answer, holds, log, line);
  shared_->plans.store(plans + 1, std::memory_order_release);
}

void Progress::login_came(const Told& told, Time came) {
  shared_->plans.store(0, std::memory_order_relaxed);  // the login before had its own plan
  for (std::size_t i = 0; i < told_fields.size(); ++i) {
    shared_->told.at(i).hold(told.*told_fields.at(i));
  }
  shared_->came = came.time_since_epoch().count();
  shared_->has_line.store(false, std::memory_order_relaxed);
  shared_->has_come.store(true, std::memory_order_release);
  shared_->owes.store(true, std::memory_order_release);
}

void Progress::begin_step(const char* what, Time when) {
  shared_->step.store(what, std::memory_order_relaxed);
  shared_->until.store(when.time_since_epoch().count());
  if (when.time_since_epoch().count() >= shared_->sleeps_until.load()) return;
  const auto watcher = shared_->watcher.load(std::memory_order_relaxed);
  if (watcher == 0) return;
  shared_->sleeps_until.store(when.time_since_epoch().count());  // one signal is enough
  ::kill(watcher, SIGCHLD);
}

Progress::Time Progress::announce_sleep() {
  shared_->watcher.store(::getpid(), std::memory_order_relaxed);
  auto until = shared_->until.load();
  while (true) {
    shared_->sleeps_until.store(until);
    const auto now = shared_->until.load();
    if (now >= until) return Time(Time::duration(until));
    until = now;
  }
}

void Progress::answer_begins() {
  shared_->owes.store(false, std::memory_order_release);
}

bool Progress::owes_answer() const {
  return shared_->owes.load(std::memory_order_acquire);
}

void Progress::line_written() {
  shared_->has_line.store(true, std::memory_order_release);
}

bool Progress::has_written_line() const {
  return shared_->has_line.load(std::memory_order_acquire);
}

void Progress::fail(std::string_view what) {
  shared_->error.hold(what.substr(0, 512));
}

std::optional<Plan> Progress::plan() const {
  const auto plans = shared_->plans.load(std::memory_order_acquire);
  if (plans == 0) return std::nullopt;
  return shared_->slots.at((plans - 1) % 2).plan();
}

Told Progress::told() const {
  Told told;
  if (!shared_->has_come.load(std::memory_order_acquire)) return told;
  for (std::size_t i = 0; i < told_fields.size(); ++i) {
    told.*told_fields.at(i) = shared_->told.at(i).str();
  }
  return told;
}

std::optional<Progress::Time> Progress::came() const {
  if (!shared_->has_come.load(std::memory_order_acquire)) return std::nullopt;
  return Time(Time::duration(shared_->came));
}

const char* Progress::step() const {
  const auto* step = shared_->step.load(std::memory_order_relaxed);
  return step == nullptr ? "starting" : step;
}

std::string Progress::error() const {
  return shared_->error.str();
}

Progress::Time Progress::until() const {
  return Time(Time::duration(shared_->until.load()));
}

}  // namespace badclients::door
