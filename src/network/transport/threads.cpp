#include "network/transport/threads.hpp"

#include <malloc.h>
#include <pthread.h>

#include <system_error>
#include <utility>

namespace badclients::network {

namespace {

constexpr std::size_t stack_size = 512 * 1024;

}  // namespace

void Threads::start(std::function<void()> question) {
  try {
    std::jthread thread(question);
    const std::lock_guard lock(mutex_);
    threads_.push_back(std::move(thread));
  } catch (const std::system_error&) {
    question();
  }
}

void Threads::join() {
  for (;;) {
    std::vector<std::jthread> running;
    {
      const std::lock_guard lock(mutex_);
      running.swap(threads_);
    }
    if (running.empty()) return;
    running.clear();  // a jthread joins when it is destroyed
  }
}

void make_threads_small() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  if (pthread_attr_setstacksize(&attributes, stack_size) == 0) {
    pthread_setattr_default_np(&attributes);
  }
  pthread_attr_destroy(&attributes);
  mallopt(M_ARENA_MAX, 1);
}

}  // namespace badclients::network
