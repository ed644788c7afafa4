#include "checkpassword/progress.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <system_error>

namespace badclients::checkpassword {

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

/// A plan in shared memory.
struct Slot {
  int exit_code;
  bool runs_program, set_authorized, holds;
  Text<1024> reply;
  Text<4096> log;
  Text<4096> before_took, after_took;

  void hold(const Plan& plan) {
    exit_code = plan.answer.exit_code;
    runs_program = !plan.answer.exec.empty();
    set_authorized = plan.answer.set_authorized;
    holds = plan.holds;
    reply.hold(plan.answer.reply);
    log.hold(plan.log);
    before_took.hold(plan.line.before_took);
    after_took.hold(plan.line.after_took);
  }
  [[nodiscard]] Plan plan() const {
    Plan plan{{exit_code, reply.str(), {}, set_authorized}, holds, log.str(), {}};
    if (runs_program) plan.answer.exec.emplace_back();
    plan.line = {before_took.str(), after_took.str()};
    return plan;
  }
};

}  // namespace

/// Fresh memory is zero: no user, no plan. A plan is written into the slot that is not in use.
struct Progress::Shared {
  std::atomic<std::uint32_t> plans;
  std::atomic<bool> has_user, has_line;
  std::atomic<const char*> step;  // both processes have the program at the same place
  std::atomic<Time::rep> until;
  Time::rep came;
  Text<512> user, error;
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

void Progress::arm(const Plan& plan) {
  const auto plans = shared_->plans.load(std::memory_order_relaxed);
  shared_->slots.at(plans % 2).hold(plan);
  shared_->plans.store(plans + 1, std::memory_order_release);
}

void Progress::credentials_came(std::string_view user, Time came) {
  shared_->user.hold(user);
  shared_->came = came.time_since_epoch().count();
  shared_->has_user.store(true, std::memory_order_release);
}

void Progress::begin_step(const char* what, Time when) {
  shared_->step.store(what, std::memory_order_relaxed);
  shared_->until.store(when.time_since_epoch().count(), std::memory_order_relaxed);
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

std::string Progress::user() const {
  return shared_->has_user.load(std::memory_order_acquire) ? shared_->user.str() : std::string();
}

std::optional<Progress::Time> Progress::came() const {
  if (!shared_->has_user.load(std::memory_order_acquire)) return std::nullopt;
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
  return Time(Time::duration(shared_->until.load(std::memory_order_relaxed)));
}

}  // namespace badclients::checkpassword
