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

namespace badclients::cache {

using std::chrono::milliseconds;

/// One account. All zero, as the kernel gives it: free.
struct SpareMemory::Slot {
  std::uint64_t server;  ///< a hash of its name
  std::int64_t expires;  ///< ms since 1970
  std::uint64_t size;    ///< of the account's bytes
  /// Room for some 1,500 questions.
  std::array<char, 12 * 1024 - 24> bytes;
};

namespace {

/// The registries', and some for those that they refer to.
constexpr std::size_t slot_count = 25;

/// FNV-1a.
std::uint64_t hash(std::string_view name) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char byte : name) {
    value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return value;
}

tl::unexpected<std::string> failure(const char* what) {
  return tl::unexpected(fmt::format("{}: {}", what, std::strerror(errno)));
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

}  // namespace

key_t SpareMemory::key() {
  return static_cast<key_t>(0x62640000U ^ static_cast<unsigned>(geteuid()));
}

tl::expected<SpareMemory, std::string> SpareMemory::open(key_t key) {
  const int semaphore = semget(key, 1, IPC_CREAT | 0600);
  if (semaphore < 0) return failure("semget");
  const int segment = shmget(key, slot_count * sizeof(Slot), IPC_CREAT | 0600);
  if (segment < 0) return failure("shmget");
  shmid_ds status{};
  if (shmctl(segment, IPC_STAT, &status) != 0) return failure("shmctl");
  // root could use anybody's.
  if (status.shm_perm.uid != geteuid() || (status.shm_perm.mode & 0077U) != 0) {
    return tl::unexpected<std::string>("shared memory of somebody else's");
  }
  void* const memory = shmat(segment, nullptr, 0);
  if (reinterpret_cast<std::intptr_t>(memory) == -1) return failure("shmat");
  return SpareMemory{static_cast<Slot*>(memory), semaphore};
}

SpareMemory::SpareMemory(SpareMemory&& other) noexcept
    : slots_(std::exchange(other.slots_, nullptr)), semaphore_(other.semaphore_) {}
SpareMemory& SpareMemory::operator=(SpareMemory&& other) noexcept {
  std::swap(slots_, other.slots_);
  std::swap(semaphore_, other.semaphore_);
  return *this;
}
SpareMemory::~SpareMemory() {
  if (slots_ != nullptr) shmdt(slots_);
}

tl::expected<void, std::string> SpareMemory::use(
    const std::string& name, milliseconds patience,
    const std::function<std::int64_t(Account&)>& work) {
  const Lock lock{semaphore_, patience};
  if (!lock.held()) return tl::unexpected<std::string>("others are at it");
  const auto server = hash(name);
  const auto slots = std::span{slots_, slot_count};
  auto slot = std::ranges::find(slots, server, &Slot::server);
  auto account = slot == slots.end()
                     ? Account{}
                     : Account::decode({slot->bytes.data(),
                                        std::min<std::size_t>(slot->size, slot->bytes.size())});
  const auto now = work(account);
  if (slot == slots.end()) {
    slot = std::ranges::find_if(slots, [&](const Slot& each) { return each.expires <= now; });
  }
  const auto bytes = account.encode();
  if (slot == slots.end() || bytes.size() > slot->bytes.size()) {
    return tl::unexpected<std::string>("there is no room to count more");
  }
  slot->server = server;
  slot->expires = account.expires();
  slot->size = bytes.size();
  std::ranges::copy(bytes, slot->bytes.begin());
  return {};
}

void SpareMemory::remove(key_t key) {
  if (const int segment = shmget(key, 0, 0); segment >= 0) shmctl(segment, IPC_RMID, nullptr);
  if (const int semaphore = semget(key, 0, 0); semaphore >= 0) semctl(semaphore, 0, IPC_RMID);
}

}  // namespace badclients::cache
