#pragma once

#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "ask/single_flight.hpp"
#include "catch.hpp"
#include "many_processes.hpp"

/// A process that has taken a turn and keeps it until it is killed.
class TurnHolder {
 public:
  TurnHolder(const std::string& state_path, badclients::ask::SingleFlight::Question question) {
    std::array<int, 2> taken{};
    REQUIRE(pipe(taken.data()) == 0);
    pid_ = start_child([&] {
      auto turns = badclients::ask::SingleFlight::open(state_path).value();
      const char success = turns.take(question) ? 'y' : 'n';
      if (write(taken[1], &success, 1) == 1) pause();
      return 0;
    });
    char success = 0;
    close(taken[1]);
    REQUIRE(read(taken[0], &success, 1) == 1);
    REQUIRE(success == 'y');
    close(taken[0]);
  }
  TurnHolder(const TurnHolder&) = delete;
  TurnHolder& operator=(const TurnHolder&) = delete;
  ~TurnHolder() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait_for_child(std::exchange(pid_, 0));
  }

 private:
  pid_t pid_ = 0;
};
