// Starts programs over and over, and tells how long each start took.
//
//   stopwatch ROUNDS <CASES
//
// CASES has a block for each case, one word and its value a line:
//
//   case NAME             begins a block
//   run PROGRAM           its path
//   arg ARGUMENT          any number, in order
//   env NAME=VALUE        any number; nothing else is in its environment
//   credentials FILE      what it finds on descriptor 3; without, descriptor 3 is closed
//
// All cases take turns, ROUNDS times, in another order each time, so that whatever else the machine
// does hits all alike. The clock runs from before the start to after the end was waited for.
// Started by posix_spawn, which does not copy this process: its size does not matter. Standard
// input, output and error and descriptor 4 are /dev/null.
//
// Prints JSON: {"NAME": {"exit_code": 0, "nanoseconds": [...], "max_rss_kib": 1234,
// "page_faults": 56}, ...}. A case
// whose exit code is not always the same ends it all with exit code 1.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Case {
  std::string name, program, credentials;
  std::vector<std::string> arguments, environment;
  std::vector<std::chrono::nanoseconds> times;
  std::optional<int> exit_code;
  long max_rss_kib = 0, page_faults = 0;
};

std::vector<Case> read_cases(std::istream& in) {
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    const auto blank = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, blank);
    const auto value = line.substr(std::min(blank + 1, line.size()));
    if (word == "case") {
      cases.emplace_back().name = value;
    } else if (cases.empty()) {
      throw std::invalid_argument("the first line is no case");
    } else if (word == "run") {
      cases.back().program = value;
    } else if (word == "arg") {
      cases.back().arguments.push_back(value);
    } else if (word == "env") {
      cases.back().environment.push_back(value);
    } else if (word == "credentials") {
      cases.back().credentials = value;
    } else {
      throw std::invalid_argument("not understood: " + line);
    }
  }
  return cases;
}

/// Which file is on which descriptor of the new process.
class Descriptors {
 public:
  explicit Descriptors(const std::string& credentials) {
    posix_spawn_file_actions_init(&actions_);
    for (const int number : {0, 1, 2, 4}) open(number, "/dev/null");
    if (!credentials.empty()) open(3, credentials.c_str());
  }
  ~Descriptors() { posix_spawn_file_actions_destroy(&actions_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  void open(int number, const char* path) {
    const int flags = number == 0 || number == 3 ? O_RDONLY : O_WRONLY;
    posix_spawn_file_actions_addopen(&actions_, number, path, flags, 0);
  }
  posix_spawn_file_actions_t actions_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void run_once(Case& one) {
  const Descriptors descriptors(one.credentials);
  auto words = one.arguments;
  words.insert(words.begin(), one.program);
  const auto arguments = pointers(words);
  const auto environment = pointers(one.environment);
  pid_t child = 0;
  int status = 0;
  rusage used{};

  const auto begin = Clock::now();
  const int trouble = posix_spawn(&child, one.program.c_str(), descriptors.get(), nullptr,
                                  arguments.data(), environment.data());
  if (trouble != 0) throw std::system_error(trouble, std::generic_category(), one.program);
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) continue;
  one.times.push_back(Clock::now() - begin);

  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (one.exit_code && *one.exit_code != code) {
    throw std::runtime_error(one.name + ": ends with " + std::to_string(*one.exit_code) +
                             ", then with " + std::to_string(code));
  }
  one.exit_code = code;
  one.max_rss_kib = std::max(one.max_rss_kib, used.ru_maxrss);
  one.page_faults = used.ru_minflt;
}

void print(const std::vector<Case>& cases) {
  const char* before = "{";
  for (const auto& one : cases) {
    std::printf(
        "%s\n \"%s\": {\"exit_code\": %d, \"max_rss_kib\": %ld, \"page_faults\": %ld, "
        "\"nanoseconds\": [",
        before, one.name.c_str(), one.exit_code.value_or(-1), one.max_rss_kib, one.page_faults);
    before = ",";
    const char* comma = "";
    for (const auto time : one.times) {
      std::printf("%s%lld", comma, static_cast<long long>(time.count()));
      comma = ", ";
    }
    std::printf("]}");
  }
  std::printf("\n}\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int rounds = argc == 2 ? std::atoi(argv[1]) : 0;
    if (rounds < 1) throw std::invalid_argument("usage: stopwatch ROUNDS <CASES");
    auto cases = read_cases(std::cin);
    std::vector<std::size_t> order(cases.size());
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937 chance;
    for (int round = 0; round < rounds; ++round) {
      std::shuffle(order.begin(), order.end(), chance);
      for (const auto number : order) run_once(cases[number]);
    }
    print(cases);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stopwatch: %s\n", error.what());
    return 1;
  }
}
