// Decides COUNT logins one after the other in one process, as the door that lives long does, and
// prints how much processor time one of them took:
//   many_logins CONFIG ADDRESS COUNT
// The audit lines go where the configuration says.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/database.hpp"
#include "config/scope.hpp"
#include "login/decide.hpp"

using namespace badclients;

namespace {

double processor_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// What a door keeps.
struct Kept : login::Kept {
  config::Kept config;
};

/// False: the configuration cannot be read.
bool log_in(Kept& kept, const std::string& config_path, facts::Login& login) {
  const auto begin = std::chrono::steady_clock::now();
  const auto& loaded = kept.config.load(config_path, config::load);
  if (!loaded) return false;
  login.scope = config::scope_of(login, loaded->config);
  const auto sink = audit::open_sink(loaded->config.general.log, {});
  const auto arm = [](const login::Armed&) {};
  login::decide({&kept,
                 login,
                 loaded->config,
                 config_path,
                 loaded->problems,
                 begin,
                 *sink,
                 "/bin/false",
                 arm,
                 true,
                 false,
                 {},
                 kept.config.reads()});
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  base::expect_one_thread();
  const std::string config_path = argv[1];
  facts::Login login;
  login.user = "alice";
  login.service = "imap";
  login.address = net::Address::parse(argv[2]).value();
  const auto count = std::atoi(argv[3]);
  Kept kept;
  if (!log_in(kept, config_path, login)) return 1;
  const auto before = processor_time();
  for (int i = 1; i < count; ++i) log_in(kept, config_path, login);
  std::printf("%.1f\n", (processor_time() - before) * 1e6 / std::max(1, count - 1));
  return 0;
}
