#include "cache/spare_memory.hpp"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "cache/refusal.hpp"

namespace badclients::cache {

using std::chrono::milliseconds;

/// A question, or the time for which a server is closed. All zero, as the kernel gives it: free.
struct SpareMemory::Entry {
  std::uint64_t server;  ///< a hash of its name
  std::int64_t until;    ///< when the question has reached it; when the server opens again
  std::int64_t kept;     ///< until when the entry is of use
  std::uint32_t service;
  std::uint32_t closed;  ///< 1: the server is closed; 0: a question
};

namespace {

constexpr std::size_t entries = 4096;
constexpr milliseconds patience_to_close{200};

/// FNV-1a.
std::uint64_t hash(std::string_view name) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char byte : name) {
    value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return value;
}

std::string failure(const char* what) {
  return fmt::format("{}: {}", what, std::strerror(errno));
}

/// A semaphore that is 0 while nobody has it, as a new one is. From a process that dies the kernel
/// takes it back.
class Lock {
 public:
  Lock(int semaphore, milliseconds patience) : semaphore_(semaphore) {
    std::array<sembuf, 2> take{{{0, 0, 0}, {0, 1, SEM_UNDO}}};
    const timespec time{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
    do {
      held_ = semtimedop(semaphore_, take.data(), take.size(), &time) == 0;
    } while (!held_ && errno == EINTR);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    sembuf give{0, -1, SEM_UNDO};
    if (held_) semop(semaphore_, &give, 1);
  }
  [[nodiscard]] bool held() const { return held_; }

 private:
  int semaphore_;
  bool held_ = false;
};

/// When the `most`-th last of some questions was at its server; nothing where there are fewer.
std::optional<std::int64_t> last_but(std::vector<std::int64_t>& questions, std::uint32_t most) {
  if (questions.size() < most) return std::nullopt;
  const auto at = questions.end() - static_cast<std::ptrdiff_t>(most);
  std::nth_element(questions.begin(), at, questions.end());
  return *at;
}

}  // namespace

key_t SpareMemory::key() {
  return static_cast<key_t>(0x62640000U ^ static_cast<unsigned>(geteuid()));
}

tl::expected<SpareMemory, std::string> SpareMemory::open(key_t key) {
  const int semaphore = semget(key, 1, IPC_CREAT | 0600);
  if (semaphore < 0) return tl::unexpected(failure("semget"));
  const int segment = shmget(key, entries * sizeof(Entry), IPC_CREAT | 0600);
  if (segment < 0) return tl::unexpected(failure("shmget"));
  shmid_ds status{};
  if (shmctl(segment, IPC_STAT, &status) != 0) return tl::unexpected(failure("shmctl"));
  // root could use anybody's.
  if (status.shm_perm.uid != geteuid() || (status.shm_perm.mode & 0077U) != 0) {
    return tl::unexpected<std::string>("shared memory of somebody else's");
  }
  void* const memory = shmat(segment, nullptr, 0);
  if (reinterpret_cast<std::intptr_t>(memory) == -1) return tl::unexpected(failure("shmat"));
  return SpareMemory{static_cast<Entry*>(memory), semaphore};
}

SpareMemory::SpareMemory(SpareMemory&& other) noexcept
    : entries_(std::exchange(other.entries_, nullptr)), semaphore_(other.semaphore_) {}
SpareMemory& SpareMemory::operator=(SpareMemory&& other) noexcept {
  std::swap(entries_, other.entries_);
  std::swap(semaphore_, other.semaphore_);
  return *this;
}
SpareMemory::~SpareMemory() {
  if (entries_ != nullptr) shmdt(entries_);
}

std::optional<Refusal> SpareMemory::permit(const ServerName& server, const config::Limits& limits,
                                           const Servers::Clock& clock, milliseconds reach,
                                           milliseconds patience) {
  const Lock lock{semaphore_, patience};
  if (!lock.held()) return not_known("others ask for it at the same time");
  const auto now = stamp(clock());
  const auto who = hash(server.name);
  const auto service = static_cast<std::uint32_t>(server.service);
  const auto all = std::span{entries_, entries};
  for (auto& entry : all) {
    if (entry.server != who || entry.kept <= now) continue;
    if (entry.closed == 0) entry.until = believable(entry.until, now);
    const bool closed = entry.closed != 0 && entry.service == service;
    if (closed && still_closed(entry.until, now)) return left_alone(now, entry.until, "");
  }

  milliseconds kept{};
  for (const auto& limit : limits) {
    if (limit.service && *limit.service != server.service) continue;
    std::vector<std::int64_t> questions;
    for (const auto& entry : all) {
      const bool counts = entry.server == who && entry.closed == 0 &&
                          entry.until > now - limit.window.count() &&
                          (!limit.service || entry.service == service);
      if (counts) questions.push_back(entry.until);
    }
    const auto last = last_but(questions, limit.count);
    if (last) return used_up(limit, now, *last + limit.window.count());
    kept = std::max(kept, limit.window);
  }
  if (kept == milliseconds{}) return std::nullopt;
  // No question may be forgotten before its time: sooner none is permitted.
  const auto free = std::ranges::find_if(all, [&](const Entry& each) { return each.kept <= now; });
  if (free == all.end()) return not_known("there is no room to count more questions");
  const auto until = now + reach.count();
  *free = {who, until, until + kept.count(), service, 0};
  return std::nullopt;
}

void SpareMemory::close(const ServerName& server, facts::Time until, const Servers::Clock& clock) {
  const Lock lock{semaphore_, patience_to_close};
  if (!lock.held()) return;
  const auto now = stamp(clock());
  const auto all = std::span{entries_, entries};
  const auto free = std::ranges::find_if(all, [&](const Entry& each) { return each.kept <= now; });
  if (free == all.end()) return;
  *free = {hash(server.name), stamp(until), stamp(until),
           static_cast<std::uint32_t>(server.service), 1};
}

void SpareMemory::remove(key_t key) {
  if (const int segment = shmget(key, 0, 0); segment >= 0) shmctl(segment, IPC_RMID, nullptr);
  if (const int semaphore = semget(key, 0, 0); semaphore >= 0) semctl(semaphore, 0, IPC_RMID);
}

}  // namespace badclients::cache
