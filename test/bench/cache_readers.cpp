// How long a login's look into cache.db takes while others store, in processes of their own.

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "net/network.hpp"

using namespace badclients;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr unsigned known_addresses = 5000;
constexpr auto measured_for = 5s;

/// In memory that the processes share.
struct Shared {
  std::atomic<bool> stop{false};
  std::atomic<unsigned> stored{0}, failed{0};
};

net::Address nth(unsigned number) {
  return net::Address::v4(0x10000007U + number * 256);
}

template <class T>
facts::Fact<T> asked(T value) {
  const auto now = std::chrono::system_clock::now();
  return {facts::Knowledge::known,
          facts::Provenance::asked,
          std::move(value),
          "example",
          {},
          now,
          now + 24h};
}

facts::Facts all_about(const net::Address& address) {
  const auto network = *net::Network::parse(address.str() + "/24");
  facts::Facts facts;
  facts.reverse_names =
      asked(facts::ReverseNames{{"host-" + address.str() + ".example.net", facts::Confirmed::yes}});
  facts.origin = asked(facts::Origin{{64500}, network, "DE", "ripencc"});
  facts.as_descriptions = {asked(facts::AsDescription{64500, "EXAMPLE-AS, DE"})};
  facts.registration = asked(facts::Registration{
      "DE-EXAMPLE", "DE", {"ORG-EX1-RIPE"}, std::pair{network.base(), network.last()}});
  return facts;
}

class Bench {
 public:
  Bench() {
    std::string pattern = std::filesystem::temp_directory_path() / "badclients-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::bad_alloc{};
    folder_ = pattern;
    for (unsigned i = 0; i < known_addresses; ++i) {
      if (!store(nth(i))) throw std::runtime_error{"nothing can be stored in " + folder_};
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() { std::filesystem::remove_all(folder_); }

  /// `pause`: what each of the writers makes between two stores, on average.
  void measure(unsigned writers, milliseconds pause) {
    void* const memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    auto& shared = *new (memory) Shared;
    for (unsigned i = 0; i < writers; ++i) {
      if (fork() == 0) write(shared, i, pause);
    }
    unsigned failed = 0;
    std::mt19937 chance{1};
    std::uniform_int_distribution<unsigned> some{0, known_addresses - 1};
    std::vector<Clock::duration> times;
    for (const auto end = Clock::now() + measured_for; Clock::now() < end;) {
      std::this_thread::sleep_for(2ms);
      const auto begin = Clock::now();
      if (!knows(nth(some(chance)))) ++failed;
      times.push_back(Clock::now() - begin);
    }
    shared.stop = true;
    for (unsigned i = 0; i < writers; ++i) wait(nullptr);
    std::sort(times.begin(), times.end());
    const auto at = [&](std::size_t percent) {
      const auto time = times[std::min(times.size() - 1, times.size() * percent / 100)];
      return std::chrono::duration<double, std::milli>{time}.count();
    };
    fmt::print("| {} | {} ms | {:.0f} | {} | {:.2f} | {:.2f} | {:.2f} | {} |\n", writers,
               pause.count(), shared.stored / std::chrono::duration<double>{measured_for}.count(),
               shared.failed.load(), at(50), at(99), at(100), failed);
    munmap(memory, sizeof(Shared));
  }

 private:
  [[nodiscard]] bool store(const net::Address& address) const {
    auto cache = cache::Cache::open(folder_, settings_, 500ms);
    return cache && cache->store(address, all_about(address), 2500ms);
  }

  [[nodiscard]] bool knows(const net::Address& address) const {
    auto cache = cache::Cache::open(folder_, settings_, 500ms);
    facts::Facts facts;
    return cache &&
           cache->read(address, {true, true, true, true, true, {}}, facts,
                       std::chrono::system_clock::now()) &&
           facts.registration.known();
  }

  [[noreturn]] void write(Shared& shared, unsigned number, milliseconds pause) const {
    std::mt19937 chance{number};
    std::uniform_int_distribution<milliseconds::rep> pauses{0, 2 * pause.count()};
    std::uniform_int_distribution<unsigned> others{known_addresses, 2 * known_addresses};
    while (!shared.stop) {
      std::this_thread::sleep_for(milliseconds{pauses(chance)});
      ++(store(nth(others(chance))) ? shared.stored : shared.failed);
    }
    _exit(0);
  }

  std::string folder_;
  config::Config::Cache settings_;
};

}  // namespace

int main() {
  Bench bench;
  fmt::print(
      "| writers | pause of each | stores/s | failed | read: median, ms | p99 | max | failed |\n"
      "|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  bench.measure(0, 0ms);
  bench.measure(1, 10ms);
  bench.measure(8, 100ms);
  bench.measure(50, 500ms);
  bench.measure(50, 100ms);
  bench.measure(50, 0ms);
}
